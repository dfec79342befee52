/** One run: what the agent was told, each thing that it said and called, and how it ended. */
import { Badge, Code, Collapse, Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { api, type Schemas } from "~/api";
import { Page } from "~/ui/page";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import { Ago, duration } from "~/ui/time";
import agents from "../agents.module.css";
import editor from "../editor/editor.module.css";
import { runRoute } from "../routes";
import { CAUTION, count, DECISIONS, dollars, specialistName, STATUSES, toolName, WRONG } from "../words";
import classes from "./runs.module.css";

type Run = Schemas["dynaris__agents__schemas__Run"];
type Step = Schemas["RunStep"];

export function RunScreen() {
  const { agent, run: id } = runRoute.useParams();
  const run = api.useQuery("get", "/api/runs/{run_id}", { params: { path: { run_id: id } } });
  return (
    <Page
      title="Run"
      about={
        <>
          <Link className={agents.link} to="/agents">Agents</Link> · <Link className={agents.link} to="/agents/$agent" params={{ agent }} search={{ tab: "runs" }}>{specialistName(agent)}</Link>
          {run.data && <> · <Ago at={run.data.created_at} /></>}
        </>
      }
    >
      {run.error && (isGone(run.error) ? <Empty title="There is no such run">It may have been erased, or belongs to another workspace.</Empty> : <Failed error={run.error} retry={() => void run.refetch()} />)}
      {run.isPending && <Lines />}
      {run.data && <OneRun run={run.data} />}
    </Page>
  );
}

function OneRun({ run }: { run: Run }) {
  const output = (run.output ?? {}) as { decision?: string; reason?: string; text?: string };
  const ended = (run.status === "done" && output.decision && DECISIONS[output.decision]) || STATUSES[run.status];
  return (
    <Stack maw={860} gap="lg">
      <section className={agents.section} aria-label="How it ended">
        <Group gap="sm">
          <Badge color={ended?.color}>{ended?.label}</Badge>
          <Text size="sm" c="dimmed">
            {run.model} · {count(run.input_tokens + run.output_tokens, "token")} · {dollars(run.cost)}
            {run.ended_at && ` · ${duration((Date.parse(run.ended_at) - Date.parse(run.created_at)) / 1000)}`}
          </Text>
        </Group>
        {(run.error || output.reason) && <Text size="sm" mt="xs">{run.error ?? output.reason}</Text>}
        {output.text && <div className={classes.said} style={{ marginTop: 10 }}>{output.text}</div>}
        <Group gap="md" mt="sm" fz="sm">
          <Link className={agents.link} to={`/events/${run.event_id}` as string}>Its event</Link>
          {run.conversation_id && <Link className={agents.link} to={`/inbox/all/${run.conversation_id}` as string}>Its conversation</Link>}
          {run.contact_id && <Link className={agents.link} to={`/contacts/${run.contact_id}` as string}>The contact</Link>}
        </Group>
      </section>
      <section aria-label="Steps">
        <Title order={2} size="h3" mb="sm">Step by step</Title>
        <ol className={classes.steps}>
          <li className={classes.step}>
            <Text size="sm" fw={600}>The contact wrote</Text>
            <div className={classes.said}>{String(run.prompt.input ?? "")}</div>
            {typeof run.prompt.words === "string" && <More title="Your words in its prompt"><Code block className={classes.raw}>{run.prompt.words}</Code></More>}
            <More title="What it was told about this run"><Code block className={classes.raw}>{String(run.prompt.instructions ?? "")}</Code></More>
          </li>
          {run.steps.map((step) => <StepOf key={step.position} step={step} />)}
        </ol>
      </section>
    </Stack>
  );
}

function StepOf({ step }: { step: Step }) {
  return (
    <li className={classes.step} data-kind={step.kind} data-wrong={(step.error && step.done) || undefined}>
      <Group gap={8} mb={4}>
        <Text size="sm" fw={600}>{titleOf(step)}</Text>
        <Text size="xs" c="dimmed">
          {step.effect && `${step.effect} · `}
          {step.duration_ms !== null && duration(step.duration_ms / 1000)}
          {step.input_tokens !== null && step.input_tokens + (step.output_tokens ?? 0) > 0 && ` · ${count(step.input_tokens + (step.output_tokens ?? 0), "token")} · ${dollars(step.cost)}`}
        </Text>
      </Group>
      {step.kind === "model" && <ModelSaid parts={partsOf(step.result)} />}
      {step.kind === "route" && <Text size="sm">{String((step.result as { reason?: string } | null)?.reason ?? "")}</Text>}
      {step.error && <Text size="sm" c={step.done ? WRONG : CAUTION}>{step.error}</Text>}
      {step.kind === "tool" && (
        <More title="Arguments and result">
          <Code block className={classes.raw}>{JSON.stringify(step.arguments, null, 1)}{"\n→ "}{JSON.stringify(step.result, null, 1)}</Code>
        </More>
      )}
      {step.kind === "note" && <More title="What was noted"><Code block className={classes.raw}>{JSON.stringify(step.arguments, null, 1)}</Code></More>}
    </li>
  );
}

const NOTES: Record<string, string> = {
  fallback: "A model failed, the next one was asked",
  again: "Asked once more",
  wasted: "An answer of no use",
  failure: "Gave up",
  rejected: "A teammate rejected the draft",
  addition: "The contact wrote more meanwhile",
  language: "A language that it does not speak",
};

function titleOf(step: Step): string {
  if (step.kind === "tool") return toolName(step.tool ?? "tool");
  if (step.kind === "model") return `${step.model ?? "The model"} answered`;
  if (step.kind === "route") return `Chosen: ${specialistName(String((step.result as { agent?: string } | null)?.agent ?? ""))}`;
  return NOTES[String((step.arguments as { kind?: string } | null)?.kind)] ?? "Note";
}

type Part = { part_kind?: string; content?: unknown; tool_name?: string };

function partsOf(result: unknown): Part[] {
  return ((result as { parts?: Part[] } | null)?.parts ?? []).filter((part) => part.part_kind === "text" || part.part_kind === "tool-call");
}

function ModelSaid({ parts }: { parts: Part[] }) {
  return (
    <Stack gap={6}>
      {parts.map((part, index) =>
        part.part_kind === "text" ? (
          <div key={index} className={classes.said}>{String(part.content)}</div>
        ) : (
          <Text key={index} size="sm">Calls <b>{toolName(part.tool_name ?? "")}</b></Text>
        ),
      )}
    </Stack>
  );
}

function More({ title, children }: { title: string; children: ReactNode }) {
  const [opened, shown] = useDisclosure(false);
  return (
    <div>
      <UnstyledButton onClick={shown.toggle} aria-expanded={opened} className={editor.disclose}>
        <ChevronRight size={13} data-open={opened || undefined} aria-hidden />
        <Text size="xs" span>{title}</Text>
      </UnstyledButton>
      <Collapse expanded={opened}>{children}</Collapse>
    </div>
  );
}
