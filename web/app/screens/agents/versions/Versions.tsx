/** Every version with who and when; two of them side by side; and one brought back. */
import { Badge, Button, Group, Select, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import classes from "../agents.module.css";
import { agentRoute } from "../routes";
import { who, type AgentDetail } from "../words";
import { Difference } from "./Difference";

export default function Versions({ agent, canRestore }: { agent: AgentDetail; canRestore: boolean }) {
  const search = agentRoute.useSearch();
  const navigate = useNavigate();
  const [most, setMost] = useState(50);
  const versions = api.useQuery("get", "/api/agents/{agent}/versions", { params: { path: { agent: agent.name }, query: { limit: most } } });
  const members = api.useQuery("get", "/api/members").data?.items;
  if (agent.version === 0) return <Empty title="No versions yet">Each change that is saved becomes a version: it can be compared, and brought back.</Empty>;
  if (versions.error) return <Failed error={versions.error} retry={() => void versions.refetch()} />;
  if (!versions.data) return <Lines />;
  const after = Math.min(search.after ?? agent.version, agent.version);
  const before = Math.min(search.before ?? after - 1, agent.version);
  const show = (next: { before: number; after: number }) =>
    void navigate({ to: "/agents/$agent", params: { agent: agent.name }, search: { tab: "versions", ...next }, replace: true });
  const numbers = Array.from({ length: agent.version + 1 }, (_, number) => ({ value: String(number), label: number ? `Version ${number}` : "As it comes" })).reverse();
  return (
    <Stack gap="md" maw={900}>
      <section className={classes.section} aria-label="Compare versions">
        <Group gap="sm" align="flex-end">
          <Select label="From" w={150} data={numbers} value={String(before)} allowDeselect={false} onChange={(value) => show({ before: Number(value), after })} />
          <Select label="To" w={150} data={numbers} value={String(after)} allowDeselect={false} onChange={(value) => show({ before, after: Number(value) })} />
        </Group>
        <Compared agent={agent.name} before={before} after={after} />
      </section>
      <section className={classes.section} aria-label="All versions">
        <Title order={2} size="h3" mb="xs">All versions</Title>
        {versions.data.items.map((version) => (
          <Group key={version.number} justify="space-between" py={8} className={classes.rule} wrap="nowrap">
            <Text size="sm" className={classes.shrinks}>
              <b>Version {version.number}</b>
              <Text span size="sm" c="dimmed">
                {" "}by {who(version.changed_by, members)} · <Ago at={version.changed_at} />
                {version.restores !== null && ` · brought back ${version.restores || "what it came with"}`}
              </Text>
            </Text>
            <Group gap="xs" wrap="nowrap">
              {version.number === agent.version && <Badge color="teal">In use</Badge>}
              <Button variant="subtle" aria-label={`Show what version ${version.number} changed`} onClick={() => show({ before: version.number - 1, after: version.number })}>Changes</Button>
              {canRestore && version.number !== agent.version && <Restore agent={agent} number={version.number} />}
            </Group>
          </Group>
        ))}
        {canRestore && (
          <Group justify="space-between" py={8} className={classes.rule} wrap="nowrap">
            <Text size="sm"><b>As it comes</b></Text>
            <Restore agent={agent} number={0} />
          </Group>
        )}
        {versions.data.next_before && most < 100 && <Button variant="default" mt="sm" onClick={() => setMost(100)}>Show older ones</Button>}
      </section>
    </Stack>
  );
}

function Compared({ agent, before, after }: { agent: string; before: number; after: number }) {
  const found = api.useQuery("get", "/api/agents/{agent}/differences", { params: { path: { agent }, query: { before, after } } });
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Lines count={2} />;
  if (!found.data.items.length) return <Text size="sm" c="dimmed" mt="md">These two are the same.</Text>;
  return (
    <Stack gap="md" mt="md">
      {found.data.items.map((one) => <Difference key={`${one.field} ${one.item}`} difference={one} />)}
    </Stack>
  );
}

function Restore({ agent, number }: { agent: AgentDetail; number: number }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const restore = useAct(
    () => client.POST("/api/agents/{agent}/versions/{agent_version}/restore", { params: { path: { agent: agent.name, agent_version: number } } }),
    {
      failed: "It was not brought back",
      done: `${number ? `Version ${number}` : "What it came with"} is in use again`,
      onDone: ({ data }) => {
        queries.setQueryData(["get", "/api/agents/{agent}", { params: { path: { agent: agent.name } } }], data);
        void queries.invalidateQueries({ queryKey: ["get", "/api/agents/{agent}/versions"] });
      },
    },
  );
  return (
    <>
      <Button variant="default" aria-label={number ? `Bring version ${number} back` : "Bring back what it came with"} onClick={() => setAsking(true)}>Bring back</Button>
      <Confirm opened={asking} close={() => setAsking(false)} title={number ? `Bring version ${number} back?` : "Bring back what it came with?"} action="Bring back" busy={restore.isPending} onConfirm={() => restore.mutate(undefined, { onSettled: () => setAsking(false) })}>
        The agent answers with it from now on. It becomes a new version; nothing is lost.
      </Confirm>
    </>
  );
}
