/** Rehearsals: what customers might write is played against the agents in a hidden copy of the workspace. */
import { Badge, Button, Group, Progress, Select, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago, exactly } from "~/ui/time";
import classes from "../agents.module.css";
import { agentRoute } from "../routes";
import { type AgentDetail, count, dollars, WRONG } from "../words";
import { Cases } from "./Cases";
import { NewEval } from "./NewEval";

type Summary = Schemas["dynaris__evals__schemas__Run"];
type Played = Schemas["RunWithFigures"];

const STATUS: Record<Summary["status"], { label: string; color: string }> = {
  queued: { label: "Waits its turn", color: "gray" },
  running: { label: "Playing", color: "blue" },
  done: { label: "Done", color: "teal" },
  failed: { label: "Failed", color: "red" },
  cancelled: { label: "Stopped", color: "gray" },
};
const MEASURES: Record<string, string> = {
  right_specialist: "The right agent answered",
  outcome: "It ended as it should",
  escalated: "A person took over where one must",
  no_false_alarm: "No person was asked without need",
  right_passage: "From the right passage",
  says: "Said what it should",
  nothing_invented: "Nothing invented",
  booked_right: "Booked as wished",
};

export default function Evals({ agent, canStart }: { agent: AgentDetail; canStart: boolean }) {
  const search = agentRoute.useSearch();
  const navigate = useNavigate();
  const [creating, dialog] = useDisclosure(false);
  const evals = api.useQuery("get", "/api/evals", { params: { query: { limit: 50 } } }, { refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? 2_000 : false) });
  const items = evals.data?.items ?? [];
  const open = (id: string | undefined) =>
    void navigate({ to: "/agents/$agent", params: { agent: agent.name }, search: { tab: "evals", eval: id } });
  const start = canStart && <Button leftSection={<Plus size={14} />} onClick={dialog.open}>New rehearsal</Button>;
  return (
    <Stack gap="md" maw={900}>
      {search.eval && <OneEval key={search.eval} id={search.eval} all={items} agent={agent.name} other={search.with} />}
      <section className={classes.section} aria-label="Rehearsals">
        <Group justify="space-between" mb="xs">
          <div>
            <Title order={2} size="h3">Rehearsals</Title>
            <Text size="xs" c="dimmed">Played with all agents, in a hidden copy of this workspace: nothing leaves, nothing stays.</Text>
          </div>
          {items.length > 0 && start}
        </Group>
        {evals.error && <Failed error={evals.error} retry={() => void evals.refetch()} />}
        {evals.isPending && <Lines count={3} />}
        {evals.data && !items.length && (
          <Empty title="Nothing was rehearsed yet" action={start}>Write what customers might write, and how it should end; see what the agents make of it before customers do.</Empty>
        )}
        {items.map((one) => (
          <Group key={one.id} justify="space-between" py={8} className={classes.rule} wrap="nowrap">
            <Link className={classes.link} to="/agents/$agent" params={{ agent: agent.name }} search={{ tab: "evals", eval: one.id }}>
              {count(one.total, "conversation")}, {exactly(one.created_at)}
            </Link>
            <Group gap="sm" wrap="nowrap">
              {isOpen(one) && <Text size="xs" c="dimmed">{one.played} of {one.total}</Text>}
              <Badge color={STATUS[one.status].color}>{STATUS[one.status].label}</Badge>
              <Text size="xs" c="dimmed"><Ago at={one.created_at} /></Text>
            </Group>
          </Group>
        ))}
      </section>
      {creating && <NewEval agent={agent} close={dialog.close} started={open} />}
    </Stack>
  );
}

function isOpen(run: Summary): boolean {
  return run.status === "queued" || run.status === "running";
}

function useEval(id: string | undefined) {
  return api.useQuery(
    "get",
    "/api/evals/{eval_id}",
    { params: { path: { eval_id: id ?? "" } } },
    { enabled: !!id, refetchInterval: (query) => (query.state.data && isOpen(query.state.data) ? 1_000 : false) },
  );
}

function OneEval({ id, all, agent, other }: { id: string; all: Summary[]; agent: string; other?: string }) {
  const navigate = useNavigate();
  const run = useEval(id);
  const second = useEval(other);
  const stop = useAct(() => client.POST("/api/evals/{eval_id}/cancel", { params: { path: { eval_id: id } } }), { failed: "The run goes on", done: "No further one is played", onDone: () => void run.refetch() });
  if (run.error) return <Failed error={run.error} retry={() => void run.refetch()} />;
  if (!run.data) return <Lines count={3} />;
  const { data } = run;
  return (
    <section className={classes.section} aria-label="One rehearsal">
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h3">{exactly(data.created_at)}</Title>
          <Text size="sm" c="dimmed">
            {data.model} · {count(data.turns, "turn")} · {dollars(data.cost)} · {data.played} of {data.total} played
          </Text>
        </div>
        <Group gap="sm">
          <Badge color={STATUS[data.status].color}>{STATUS[data.status].label}</Badge>
          {isOpen(data) && <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate(undefined)}>Stop</Button>}
          <Select
            size="xs"
            w={190}
            aria-label="Compare with"
            placeholder="Compare with…"
            clearable
            data={all.filter((one) => one.id !== id && !isOpen(one)).map((one) => ({ value: one.id, label: exactly(one.created_at) }))}
            value={other ?? null}
            onChange={(value) => void navigate({ to: "/agents/$agent", params: { agent }, search: { tab: "evals", eval: id, with: value ?? undefined }, replace: true })}
          />
        </Group>
      </Group>
      {isOpen(data) && <Progress mt="sm" value={(100 * data.played) / Math.max(data.total, 1)} aria-label="Played" animated />}
      {data.error && <Text size="sm" c={WRONG} mt="sm">{data.error}</Text>}
      <Measures run={data} other={other ? second.data : undefined} />
      <Cases id={id} playing={isOpen(data)} agent={agent} />
    </section>
  );
}

function Measures({ run, other }: { run: Played; other?: Played }) {
  const names = Object.keys(MEASURES).filter((name) => run.measures[name]?.of || other?.measures[name]?.of);
  if (!names.length) return null;
  const share = (one: Played | undefined, name: string) => {
    const measured = one?.measures[name];
    return measured?.of ? `${Math.round((100 * measured.held) / measured.of)}% (${measured.held} of ${measured.of})` : "–";
  };
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">Measure</th>
          <th scope="col">This one</th>
          {other && <th scope="col">{exactly(other.created_at)}</th>}
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{MEASURES[name]}</th>
            <td>{share(run, name)}</td>
            {other && <td>{share(other, name)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
