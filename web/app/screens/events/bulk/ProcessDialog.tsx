/** All waiting or all failed events at once, on every channel or one. */
import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { api } from "~/api";
import { channelName } from "~/ui/channel";
import type { LedgerSearch } from "../ledger/search";
import { useStartBatch } from "./batches";

type Which = "failed" | "waiting";

/** What the list can be narrowed by, and a batch cannot. */
function narrowsMore({ account, owner, q, days }: LedgerSearch): boolean {
  return [account, owner, q, days].some((value) => value !== undefined);
}

export default function ProcessDialog({ search, close }: { search: LedgerSearch; close: () => void }) {
  const counts = api.useQuery("get", "/api/counts");
  const mode = api.useQuery("get", "/api/settings/auto-mode");
  const [chosen, choose] = useState<Which | undefined>(search.state === "failed" || search.state === "waiting" ? search.state : undefined);
  const which = chosen ?? (counts.data?.events_failed === 0 && mode.data?.waiting ? "waiting" : "failed");
  const start = useStartBatch(close);
  const narrowed = { ...(search.channel && { channel: search.channel }), ...(search.contact && { contact_id: search.contact }) };
  const filter: Record<string, string> = which === "failed" ? { status: "failed", ...narrowed } : { status: "waiting", waiting_for: "run", ...narrowed };
  const number = (count: number | undefined) => (count === undefined || Object.keys(narrowed).length ? "" : ` (${count})`);
  return (
    <Modal opened onClose={close} title="Process in bulk">
      <Stack>
        <Radio.Group value={which} onChange={(value) => choose(value as Which)} label="Which events">
          <Stack gap="xs" mt="xs">
            <Radio
              value="failed"
              label={`Replay those that failed${number(counts.data?.events_failed)}`}
              description="From their stored arrivals. Where a reply was already sent, none is sent again."
              data-autofocus
            />
            <Radio
              value="waiting"
              label={`Run those that wait for a run${number(mode.data?.waiting)}`}
              description="In Auto Mode the AI answers; in Manual Mode it drafts, and you approve each reply."
            />
          </Stack>
        </Radio.Group>
        <Text size="sm" c="dimmed">
          {search.channel ? `Only ${channelName(search.channel)}` : "On all channels"}
          {search.contact && ", only this contact"}
          {narrowsMore(search) && "; the list's other filters do not count here"}. You can follow it above the list, and stop it.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button loading={start.isPending} onClick={() => start.mutate({ filter })}>
            {which === "failed" ? "Replay" : "Run"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
