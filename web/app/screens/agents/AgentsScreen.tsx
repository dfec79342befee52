/** Every agent: what it is for, what it runs on, how it did. */
import { Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { api, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { ChannelIcon } from "~/ui/channel";
import { Page } from "~/ui/page";
import { Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { NewAgent } from "./NewAgent";
import classes from "./agents.module.css";
import { aboutOf, type Agent, count, dollars, modelName, specialistName, titleOf, WRONG } from "./words";

type Figures = Schemas["AgentFigures"];

const DAYS = 7;

export function AgentsScreen() {
  const agents = api.useQuery("get", "/api/agents");
  const figures = api.useQuery("get", "/api/agents/figures", { params: { query: { days: DAYS } } }, { meta: { live: "slow" } });
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();
  const [creating, dialog] = useDisclosure(false);
  const own = agents.data?.items.filter((agent) => agent.kind === "own") ?? [];
  const house = agents.data?.items.filter((agent) => agent.kind !== "own") ?? [];
  return (
    <Page
      title="Agents"
      about={`Who answers, with which words and tools. Figures are of the last ${DAYS} days.`}
      actions={
        isAdmin && (
          <>
            <Button variant="default" onClick={() => void navigate({ to: "/agents/models" })}>Models and spending</Button>
            <Button leftSection={<Plus size={14} />} onClick={dialog.open}>New agent</Button>
          </>
        )
      }
    >
      {agents.error && <Failed error={agents.error} retry={() => void agents.refetch()} />}
      {agents.isPending && <Lines count={4} height={96} />}
      {agents.data && (
        <Stack gap="xl">
          {own.length > 0 && <AgentGroup title="Yours" agents={own} figures={figures.data?.items} />}
          <AgentGroup title={own.length > 0 ? "Built in" : ""} agents={house} figures={figures.data?.items} />
        </Stack>
      )}
      {creating && <NewAgent close={dialog.close} known={agents.data?.items ?? []} />}
    </Page>
  );
}

function AgentGroup({ title, agents, figures }: { title: string; agents: Agent[]; figures?: Figures[] }) {
  return (
    <section aria-label={title || "Agents"}>
      {title && <Title order={2} size="h3" mb="sm">{title}</Title>}
      <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="md">
        {agents.map((agent) => (
          <AgentCard key={agent.name} agent={agent} figures={figures?.find((one) => one.agent === agent.name)} />
        ))}
      </SimpleGrid>
    </section>
  );
}

function AgentCard({ agent, figures }: { agent: Agent; figures?: Figures }) {
  const { settings } = agent;
  return (
    <Card withBorder padding="md" className={classes.card} component="article">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div className={classes.shrinks}>
          <Link to="/agents/$agent" params={{ agent: agent.name }} className={classes.cover}>
            {titleOf(agent)}
          </Link>
          <Text size="xs" c="dimmed" truncate>
            {agent.kind === "own" && agent.specialist ? `Like ${specialistName(agent.specialist)}` : modelName(agent.models[0])}
            {agent.kind === "own" && ` · ${modelName(agent.models[0])}`}
            {settings.category && ` · ${settings.category}`}
          </Text>
        </div>
        <Group gap={6} wrap="nowrap">
          {settings.channels?.map((channel) => <ChannelIcon key={channel} channel={channel} />)}
          {agent.kind !== "supervisor" && <Badge color={agent.active ? "teal" : "gray"}>{agent.active ? "Active" : "Inactive"}</Badge>}
        </Group>
      </Group>
      <Text size="sm" mt="xs" lineClamp={2} className={classes.about}>{aboutOf(agent)}</Text>
      <Group gap="md" mt="sm" className={classes.figures}>
        {agent.kind === "supervisor" ? (
          <Text size="xs" c="dimmed">Chooses at the beginning of each run</Text>
        ) : (
          <Text size="xs" c="dimmed">
            {figures ? `${count(figures.runs, "run")} · ${dollars(figures.cost)}` : "No runs yet"}
            {figures?.last_run_at && <> · <Ago at={figures.last_run_at} /></>}
          </Text>
        )}
      </Group>
      {figures?.last_error && (
        <Text size="xs" c={WRONG} mt={4} lineClamp={1} title={figures.last_error}>
          {figures.failed > 1 ? `${figures.failed} went wrong, last: ` : "Went wrong: "}{figures.last_error}
        </Text>
      )}
    </Card>
  );
}
