/** An account's settings, changed in a form that its channel describes. Secrets are replaced, never shown. */
import { Alert, Button, Card, Group, Stack, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useMemo, useState } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { faultsIn } from "./faults";
import type { Account } from "./health";
import { changed, fieldsOf, type Schema, valuesOf } from "./schema";
import { SchemaForm } from "./SchemaForm";

const ID = "account-settings";

/** To where a new password goes, else to the first setting. */
export function toSettings(): void {
  const card = document.getElementById(ID);
  const first = card?.querySelector<HTMLElement>("input[type=password]") ?? card?.querySelector<HTMLElement>("input");
  card?.scrollIntoView({ block: "start" });
  first?.focus({ preventScroll: true });
}

type Props = { account: Account; onSaved?: () => void };

export function SettingsCard({ account, onSaved }: Props) {
  const isAdmin = useIsAdmin();
  const { data } = api.useQuery("get", "/api/integrations/toolkits", {}, { enabled: isAdmin });
  const toolkit = data?.items.find((one) => one.name === account.channel);
  if (!isAdmin || !toolkit) return null;
  return <Form account={account} toolkit={toolkit} onSaved={onSaved} />;
}

function Form({ account, toolkit, onSaved }: Props & { toolkit: Schemas["Toolkit"] }) {
  const fields = useMemo(() => fieldsOf(toolkit.settings_schema as Schema), [toolkit]);
  const before = useMemo(() => valuesOf(fields, account.settings), [fields, account.settings]);
  const [values, change] = useState(before);
  const queries = useQueryClient();
  const changes = changed(fields, before, values);
  const isChanged = Object.keys(changes).length > 0;
  const save = useMutation({
    mutationFn: () => client.PATCH("/api/accounts/{account_id}", { params: { path: { account_id: account.id } }, body: { settings: changes } }),
    onSuccess: async ({ data }) => {
      await queries.invalidateQueries({ queryKey: ["get", "/api/accounts/{account_id}"] });
      if (data) change(valuesOf(fields, data.settings));
      notifications.show({ message: "Saved" });
      onSaved?.();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Card id={ID} withBorder bg="var(--dyn-surface)" component="section" aria-label="Settings">
      <Title order={2} size="h3" mb="sm">Settings</Title>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {save.error && <Alert color="red" title="Nothing was changed">{said(save.error)}</Alert>}
          <SchemaForm fields={fields} values={values} faults={faultsIn(save.error)} change={change} keepsSecrets />
          <Group>
            <Button type="submit" size="sm" loading={save.isPending} disabled={!isChanged}>Save</Button>
            {isChanged && <Button size="sm" variant="default" onClick={() => change(before)}>Discard</Button>}
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
