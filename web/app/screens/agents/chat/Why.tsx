/** How an answer came about: what was decided, called and read, and what it cost. */
import { Badge, Code, Collapse, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { Schemas } from "~/api";
import { channelName } from "~/ui/channel";
import { duration } from "~/ui/time";
import editor from "../editor/editor.module.css";
import { CAUTION, count, DECISIONS, dollars, specialistName, toolName } from "../words";
import agents from "../agents.module.css";

type Turn = Schemas["TriedTurn"];
type Step = Schemas["TriedStep"];

export function Why({ turn }: { turn: Turn }) {
  const [opened, shown] = useDisclosure(false);
  const decision = DECISIONS[turn.decision] ?? { label: turn.decision, color: "gray" };
  const tools = turn.steps.filter((step) => step.kind === "tool");
  const tokens = turn.input_tokens + turn.output_tokens;
  return (
    <Stack gap={6}>
      {turn.decision === "route" ? (
        <Text size="sm">
          Chose <Link className={agents.link} to="/agents/$agent" params={{ agent: turn.route ?? "" }}>{specialistName(turn.route ?? "")}</Link>: {turn.reason}
        </Text>
      ) : (
        turn.decision !== "reply" && (
          <Group gap={6}>
            <Badge color={decision.color}>{decision.label}</Badge>
            {turn.reason && <Text size="xs" c="dimmed">{turn.reason}</Text>}
          </Group>
        )
      )}
      {turn.held_back && <Text size="xs" c={CAUTION}>A person would look at this first: {turn.held_back}</Text>}
      {tools.filter((step) => !step.called).map((step, index) => (
        <Text key={index} size="xs">
          Would have called <b>{toolName(step.name)}</b>
          {step.needs_yes && <Text span c={CAUTION}> once a person said yes</Text>}
        </Text>
      ))}
      <UnstyledButton onClick={shown.toggle} aria-expanded={opened} className={editor.disclose}>
        <ChevronRight size={13} data-open={opened || undefined} aria-hidden />
        <Text size="xs" span>
          Why · {channelName(turn.channel)} · {duration(turn.seconds)} · {tokens ? `${count(tokens, "token")} · ${dollars(turn.cost)}` : "free"}
        </Text>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <Stack gap={8} pl={14}>
          {turn.steps.map((step, index) => <StepOf key={index} step={step} />)}
          {turn.passages.length > 0 && <Text size="xs" fw={600}>Passages it was given</Text>}
          {turn.passages.map((passage, index) => (
            <Text key={index} size="xs" c={passage.cited ? undefined : "dimmed"} lineClamp={3}>
              {passage.score.toFixed(2)} {passage.cited && "· used "}· <b>{passage.heading || passage.title}</b> {passage.text}
            </Text>
          ))}
          {turn.words && (
            <>
              <Text size="xs" fw={600}>Your words in its prompt</Text>
              <Code block fz="xs" style={{ whiteSpace: "pre-wrap" }}>{turn.words}</Code>
            </>
          )}
        </Stack>
      </Collapse>
    </Stack>
  );
}

function StepOf({ step }: { step: Step }) {
  if (step.kind === "model") return <Text size="xs">{step.name} answered</Text>;
  if (step.kind === "note") return <Text size="xs" c="dimmed">{step.name}: {JSON.stringify(step.result)}</Text>;
  return (
    <div>
      <Text size="xs">
        {step.called ? "Called" : "Would have called"} <b>{toolName(step.name)}</b> ({step.effect})
        {step.needs_yes && `, asking first: ${step.needs_yes}`}
      </Text>
      <Code block fz={11} mah={160} style={{ overflow: "auto", whiteSpace: "pre-wrap" }} tabIndex={0}>
        {JSON.stringify(step.arguments)}
        {"\n→ "}
        {step.error ?? JSON.stringify(step.result)}
      </Code>
    </div>
  );
}
