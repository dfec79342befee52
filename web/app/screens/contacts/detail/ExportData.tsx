/** Everything there is about a contact, as a file for them. */
import { Anchor, Button, Loader, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { exactly } from "~/ui/time";
import { type Contact, nameOf } from "../parts/data";

export default function ExportData({ contact, close }: { contact: Contact; close: () => void }) {
  const [exportId, setExportId] = useState<string>();
  const ask = useAct(
    async () => {
      const { data } = await client.POST("/api/contacts/{contact_id}/export", { params: { path: { contact_id: contact.id } } });
      return data!;
    },
    { failed: "The export was not begun", onDone: ({ id }) => setExportId(id) },
  );
  const { data } = api.useQuery(
    "get",
    "/api/privacy/exports/{export_id}",
    { params: { path: { export_id: exportId ?? "" } } },
    { enabled: exportId !== undefined, refetchInterval: ({ state }) => (state.data?.status === "queued" ? 1_000 : false), meta: { live: false } },
  );
  return (
    <Modal opened onClose={close} title={`Everything about ${nameOf(contact)}`}>
      <Stack align="flex-start">
        <Text size="sm">A ZIP with all messages, files, bookings, tasks, consents and the rest, readable for people and programs. That it was made and fetched stands in the audit log.</Text>
        {!exportId && (
          <Button loading={ask.isPending} onClick={() => ask.mutate(undefined)} data-autofocus>
            Make the export
          </Button>
        )}
        {exportId && data?.status !== "ready" && <Loader size="sm" aria-label="The export is being made" />}
        {data?.status === "ready" && (
          <>
            <Anchor href={`/api/privacy/exports/${data.id}/file`} download>
              Download ({Math.max(1, Math.round((data.size ?? 0) / 1_000))} kB)
            </Anchor>
            {data.expires_at && (
              <Text size="xs" c="dimmed">
                Kept until {exactly(data.expires_at)}
              </Text>
            )}
          </>
        )}
      </Stack>
    </Modal>
  );
}
