/** What this agent did, newest first. */
import { Badge, Button, SegmentedControl, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, PAGED, type Schemas } from "~/api";
import { ChannelIcon } from "~/ui/channel";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago, duration } from "~/ui/time";
import { DECISIONS, dollars, STATUSES } from "../words";
import classes from "./runs.module.css";

type Run = Schemas["RunSummary"];
type Status = Run["status"];

export default function Runs({ agent }: { agent: string }) {
  const [status, setStatus] = useState<Status | "all">("all");
  const runs = api.useInfiniteQuery(
    "get",
    "/api/runs",
    { params: { query: { agent, limit: 50, ...(status === "all" ? {} : { status }) } } },
    { ...PAGED, meta: { live: "slow" } },
  );
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="sm" maw={1000}>
      <SegmentedControl
        size="xs"
        w="fit-content"
        aria-label="Which runs"
        value={status}
        onChange={(value) => setStatus(value as Status | "all")}
        data={[{ value: "all", label: "All" }, { value: "running", label: "Running" }, { value: "waiting", label: "Waiting" }, { value: "done", label: "Done" }, { value: "failed", label: "Failed" }]}
      />
      {runs.error && <Failed error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isPending && <Lines />}
      {runs.data && !items.length && <Empty title="No runs here">A run is one turn of this agent: what it was told, said, called and cost.</Empty>}
      {items.length > 0 && (
        <ul className={classes.list}>
          {items.map((run) => <RunRow key={run.id} run={run} />)}
        </ul>
      )}
      {runs.hasNextPage && <Button variant="default" w="fit-content" loading={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>Show older ones</Button>}
    </Stack>
  );
}

function RunRow({ run }: { run: Run }) {
  const ended = (run.status === "done" && run.decision && DECISIONS[run.decision]) || STATUSES[run.status];
  const seconds = run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.created_at)) / 1000 : null;
  return (
    <li className={classes.row}>
      <span className={classes.who}>
        {run.channel && <ChannelIcon channel={run.channel} />}
        <Link to="/agents/$agent/runs/$run" params={{ agent: run.agent, run: run.id }} className={classes.cover}>
          {run.contact_name || "Somebody unknown"}
        </Link>
      </span>
      <span className={classes.how}>
        <Badge color={ended?.color} flex="none">{ended?.label}</Badge>
        <Text span size="xs" c="dimmed" truncate>{run.error ?? run.reason}</Text>
      </span>
      <Text span size="xs" c="dimmed" className={classes.cost}>
        {run.model} · {dollars(run.cost)}{seconds !== null && ` · ${duration(seconds)}`}
      </Text>
      <Text span size="xs" c="dimmed" className={classes.at}><Ago at={run.created_at} /></Text>
    </li>
  );
}
