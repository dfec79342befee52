import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { api, client } from "~/api";
import { useMe } from "~/session";
import { useAct } from "~/ui/act";

/** To whom, and with which words. */
export default function HandOff({ eventId, close }: { eventId: string; close: () => void }) {
  const members = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } });
  const teams = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } });
  const me = useMe();
  const [to, choose] = useState("");
  const [note, write] = useState("");
  const give = useAct(
    () => {
      const [kind, id] = to.split(":");
      const whom = kind === "member" ? { member_id: id } : kind === "team" ? { team_id: id } : {};
      return client.POST("/api/events/{event_id}/hand-off", { params: { path: { event_id: eventId } }, body: { ...whom, note: note.trim() || undefined } });
    },
    {
      done: "Handed off",
      failed: "It was not handed off",
      onDone: close,
      guess: () => [{ key: ["get", "/api/events/{event_id}/story"], change: ((before: unknown) => before) as never }],
    },
  );
  return (
    <Modal opened onClose={close} title="Hand off to a person">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          give.mutate(undefined);
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            The AI falls silent in this conversation, and what it proposed is void. Whoever gets it is told.
          </Text>
          <NativeSelect
            label="To whom"
            data-autofocus
            value={to}
            onChange={(event) => choose(event.currentTarget.value)}
            data={[
              { value: "", label: "Whoever takes it" },
              { group: "Members", items: (members.data?.items ?? []).map(({ id, name }) => ({ value: `member:${id}`, label: id === me.data?.member?.id ? `${name} (you)` : name })) },
              { group: "Teams", items: (teams.data?.items ?? []).map(({ id, name }) => ({ value: `team:${id}`, label: name })) },
            ].filter((each) => !("items" in each) || (each.items?.length ?? 0) > 0)}
          />
          <Textarea label="A note for them" description="Stands in the conversation, and is not sent." autosize minRows={2} maxRows={8} maxLength={10_000} value={note} onChange={(event) => write(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={give.isPending}>
              Hand off
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
