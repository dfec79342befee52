/** How far the latest batch is, and how it ended; it can be stopped. */
import { Button, CloseButton, Group, Progress, Text } from "@mantine/core";
import { useState } from "react";
import { client } from "~/api";
import { useAct } from "~/ui/act";
import classes from "../ledger/ledger.module.css";
import { type Batch, useBatch, useLatestBatch } from "./batches";

const SHOWN_MS = 60_000; // after its end

export function RunningBatch() {
  const { data } = useLatestBatch();
  const [closed, close] = useState<string>();
  const latest = data?.items[0];
  const recent = latest && (latest.status === "running" || (latest.ended_at && Date.now() - new Date(latest.ended_at).getTime() < SHOWN_MS));
  return latest && recent && latest.id !== closed ? <Progressing key={latest.id} id={latest.id} close={() => close(latest.id)} /> : null;
}

function Progressing({ id, close }: { id: string; close: () => void }) {
  const [ended, end] = useState(false);
  const { data: batch } = useBatch(id, !ended);
  const cancel = useAct(() => client.POST("/api/process-events/{batch_id}/cancel", { params: { path: { batch_id: id } } }), {
    failed: "The batch goes on",
    guess: () => [{ key: ["get", "/api/process-events/{batch_id}"], change: ((before?: Batch) => before && { ...before, status: "cancelled" }) as never }],
  });
  if (!batch) return null;
  const running = batch.status === "running";
  if (!running && !ended) end(true);
  return (
    <div className={classes.bar} role="status" aria-label="Bulk processing">
      <Progress flex={1} miw={120} value={batch.total ? (100 * batch.done) / batch.total : 100} animated={running} aria-label="Progress" />
      <Text size="sm">{told(batch)}</Text>
      <Group gap="xs">
        {running ? (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
            Stop
          </Button>
        ) : (
          <CloseButton size="sm" onClick={close} aria-label="Close" />
        )}
      </Group>
    </div>
  );
}

function told({ status, done, total, by_result: by }: Batch): string {
  const parts = [by.run && `${by.run} run`, by.replayed && `${by.replayed} replayed`, by.skipped && `${by.skipped} left alone`, by.not_found && `${by.not_found} not found`].filter(Boolean);
  const begun = status === "running" ? `${done} of ${total}` : status === "cancelled" ? `Stopped after ${done} of ${total}` : `${total} of ${total} done`;
  return parts.length ? `${begun}: ${parts.join(", ")}` : begun;
}
