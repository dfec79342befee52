/** Who answers on an account: agents and teams with their hours, the first whose hours it is; and who answers else. */
import { Alert, Badge, Button, Card, Group, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, said } from "~/api";
import { useIsAdmin } from "~/session";
import { Failed, Lines } from "~/ui/states";
import type { Account } from "../health";
import { type Draft, draftOf, faultsAt, hoursInWords, isSame, itemsOf, type Mapping, MOST, newRow, type Row, whoOf } from "./draft";
import { MappingRow } from "./MappingRow";
import { type Answerers, nameIn, nowIn, otherwiseIn, useAnswerers, useMappings } from "./useAnswering";
import classes from "./answering.module.css";

export function AnsweringCard({ account }: { account: Account }) {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useMappings(account.id);
  const answerers = useAnswerers();
  const workspace = api.useQuery("get", "/api/settings/workspace");
  const failed = error ?? answerers.error;
  const isReady = data && answerers.isReady;
  return (
    <Card withBorder bg="var(--dyn-surface)" component="section" aria-label="Who answers">
      <Group justify="space-between" mb={4}>
        <Title order={2} size="h3">Who answers</Title>
        {isReady && <Badge color="teal">Now: {nowIn(answerers, account, data.now)}</Badge>}
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        The first whose hours it is answers{workspace.data && `, in the time of ${workspace.data.timezone}`}. On special days of the business its hours of that day count. What a team answers waits for its members, and the contact is told so.
      </Text>
      {failed && !isReady ? <Failed error={failed} retry={() => void refetch()} /> : !isReady ? <Lines count={2} /> : isAdmin ? <Editor account={account} items={data.items} answerers={answerers} /> : <Shown account={account} items={data.items} answerers={answerers} />}
    </Card>
  );
}

type Props = { account: Account; items: Mapping[]; answerers: Answerers };

function Shown({ account, items, answerers }: Props) {
  return (
    <ul className={classes.shown} aria-label="Who answers when">
      {items.map((one, place) => (
        <li key={place}>{nameIn(answerers, whoOf(one))}: {hoursInWords(one.hours)}</li>
      ))}
      <li>{otherwiseIn(answerers, account)}: {items.length ? "at all other times" : "always"}</li>
    </ul>
  );
}

function Editor({ account, items, answerers }: Props) {
  const [before, setBefore] = useState(() => draftOf(items, account.agent));
  const [draft, change] = useState(before);
  const stored = draftOf(items, account.agent);
  if (!isSame(stored, before)) {
    // Somebody changed it elsewhere: what was not touched here follows.
    setBefore(stored);
    if (isSame(draft, before)) change(stored);
  }
  const save = useSave(account, before, (next) => (setBefore(next), change(next)));
  const isChanged = !isSame(draft, before);
  const isComplete = draft.rows.every(({ who }) => who);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isChanged && isComplete && !save.isPending) save.mutate(draft);
  };
  const setRows = (rows: Row[]) => change({ ...draft, rows });
  const always = draft.rows.findIndex(({ hours }) => !hours);
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {save.error && <Alert color="red" title="Nothing was changed">{said(save.error)}</Alert>}
        {draft.rows.map((row, place) => (
          <MappingRow
            key={row.key}
            row={row}
            place={place}
            count={draft.rows.length}
            answerers={answerers}
            faults={faultsAt(save.error, place)}
            neverReached={always >= 0 && place > always}
            change={(next) => setRows(draft.rows.with(place, next))}
            move={(by) => setRows(moved(draft.rows, place, by))}
            remove={() => setRows(draft.rows.filter((_, other) => other !== place))}
          />
        ))}
        <Group align="flex-end" justify="space-between">
          <Select
            label={draft.rows.length ? "At all other times" : "Always"}
            placeholder="The supervisor decides"
            clearable
            w={280}
            data={answerers.agents.map(({ value, label }) => ({ value: value.slice("agent:".length), label }))}
            value={draft.otherwise}
            onChange={(otherwise) => change({ ...draft, otherwise })}
          />
          {draft.rows.length < MOST && (
            <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => setRows([...draft.rows, newRow()])}>
              Somebody at certain hours
            </Button>
          )}
        </Group>
        <Group>
          <Button type="submit" size="sm" loading={save.isPending} disabled={!isChanged || !isComplete}>Save who answers</Button>
          {isChanged && <Button size="sm" variant="default" onClick={() => (change(before), save.reset())}>Discard</Button>}
        </Group>
      </Stack>
    </form>
  );
}

function moved(rows: Row[], place: number, by: -1 | 1): Row[] {
  const next = rows.toSpliced(place, 1);
  return next.toSpliced(place + by, 0, rows[place]!);
}

/** The rows first: where they are refused, nothing is changed. */
function useSave(account: Account, before: Draft, onSaved: (draft: Draft) => void) {
  const queries = useQueryClient();
  const path = { account_id: account.id };
  return useMutation({
    mutationFn: async (draft: Draft) => {
      await client.PUT("/api/accounts/{account_id}/mappings", { params: { path }, body: { items: itemsOf(draft.rows) } });
      if (draft.otherwise !== before.otherwise) await client.PATCH("/api/accounts/{account_id}", { params: { path }, body: { agent: draft.otherwise } });
      return draft;
    },
    onSuccess: async (draft) => {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith("/api/accounts") });
      onSaved(draft);
      notifications.show({ message: "Saved" });
    },
  });
}
