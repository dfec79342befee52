/** The end of a contact's data, with what would go; it cannot be undone. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { type Contact, nameOf } from "../parts/data";

type Reason = NonNullable<Schemas["ErasureRequest"]["reason"]>;
const REASONS: Record<Reason, string> = { requested: "They asked for it", no_longer_needed: "No longer needed", unlawful: "It was unlawful", other: "Another reason" };

export default function Erase({ contact, close }: { contact: Contact; close: () => void }) {
  const navigate = useNavigate();
  const path = { contact_id: contact.id };
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}/erasure-preview", { params: { path } });
  const [reason, setReason] = useState<Reason>("requested");
  const [typed, setTyped] = useState("");
  const word = "erase";
  const erase = useAct(() => client.POST("/api/contacts/{contact_id}/erase", { params: { path }, body: { confirm: true, reason } }), {
    done: "It is being erased",
    failed: "Nothing was erased",
    onDone: () => void navigate({ to: "/contacts" }),
  });
  return (
    <Modal opened onClose={close} title={`Erase ${nameOf(contact)}?`}>
      <Stack>
        <Text size="sm">Everything about this contact goes for good, in exports and searches too. What stays is a proof that it was done, which names nobody.</Text>
        {isPending ? (
          <Lines count={2} height={20} />
        ) : !data ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : (
          <Text size="sm" c="dimmed">
            {Object.entries(data.counts)
              .filter(([, count]) => count > 0)
              .map(([table, count]) => `${count} ${table.replaceAll("_", " ")}`)
              .join(", ") || "Nothing but the contact itself"}
          </Text>
        )}
        <Select label="Why" allowDeselect={false} data={Object.entries(REASONS).map(([value, label]) => ({ value, label }))} value={reason} onChange={(chosen) => setReason(chosen as Reason)} />
        <TextInput label={`Type “${word}” to confirm`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button color="red" disabled={typed.trim().toLowerCase() !== word} loading={erase.isPending} onClick={() => erase.mutate(undefined)}>
            Erase for good
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
