/** What can be done with the selected events. */
import { Button, Text } from "@mantine/core";
import classes from "../ledger/ledger.module.css";
import type { Line } from "../ledger/state";
import { useStartBatch } from "./batches";

type Props = { lines: Line[]; selected: ReadonlySet<string>; select: (ids: ReadonlySet<string>) => void };

/** Those a batch does something with. */
function isProcessable(line: Line): boolean {
  return line.outcome === "failed" || (line.status === "waiting" && (line.waiting_for === "run" || line.waiting_for === "person"));
}

export function BulkBar({ lines, selected, select }: Props) {
  const start = useStartBatch(() => select(new Set()));
  const chosen = lines.filter(({ id }) => selected.has(id));
  const able = chosen.filter(isProcessable);
  return (
    <div className={classes.bar} role="toolbar" aria-label="Selected events">
      <Text size="sm" fw={500}>
        {selected.size} selected
      </Text>
      <Button disabled={!able.length} loading={start.isPending} onClick={() => start.mutate({ event_ids: able.map(({ id }) => id) })}>
        Run or replay {able.length}
      </Button>
      <Button variant="default" onClick={() => select(new Set(lines.filter(isProcessable).map(({ id }) => id)))}>
        All waiting and failed shown
      </Button>
      <Button variant="subtle" color="gray" onClick={() => select(new Set())}>
        Clear selection
      </Button>
      {able.length < chosen.length && (
        <Text size="xs" c="dimmed">
          Only what waits or failed can be run; {chosen.length - able.length} stay as they are.
        </Text>
      )}
    </div>
  );
}
