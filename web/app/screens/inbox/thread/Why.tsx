/** How an agent came to what it wrote: asked for when somebody wants to know. */
import { Anchor, Popover, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { api, said, type Schemas } from "~/api";
import { duration } from "~/ui/time";
import classes from "./thread.module.css";

type Run = Schemas["dynaris__agents__schemas__Run"];

export function Why({ runId, reason }: { runId: string; reason?: string | null }) {
  return (
    <Popover width={340} position="top-start" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <UnstyledButton className={classes.why}>Why</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Story runId={runId} reason={reason} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Story({ runId, reason }: { runId: string; reason: string | null | undefined }) {
  const { data: run, error } = api.useQuery("get", "/api/runs/{run_id}", { params: { path: { run_id: runId } } });
  if (error) return <Text size="sm">{said(error)}</Text>;
  if (!run) return <Skeleton height={80} />;
  const route = run.steps.find(({ kind }) => kind === "route")?.result as { reason?: string } | undefined;
  const tools = run.steps.filter(({ kind }) => kind === "tool");
  const why = reason || text(run.output?.reason);
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {run.agent} <Text span size="xs" c="dimmed" fw={400}>with {run.model}{took(run)}</Text>
      </Text>
      {route?.reason && <Text size="xs"><b>Chosen because</b> {route.reason}</Text>}
      {text(run.output?.decision) && <Text size="xs"><b>Decided</b> {text(run.output?.decision)?.replaceAll("_", " ")}{why && `: ${why}`}</Text>}
      {tools.length > 0 && (
        <div>
          <Text size="xs" fw={600}>Looked up and did</Text>
          <ul className={classes.tools}>
            {tools.map((step) => (
              <li key={step.position}>
                <Text size="xs">
                  <code>{step.tool}</code> {short(step.arguments)}
                  {step.error && <Text span c="dimmed"> — {step.error}</Text>}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
      {cited(run).length > 0 && <Text size="xs"><b>Rests on</b> {cited(run).join(", ")}</Text>}
      {run.cost !== null && Number(run.cost) > 0 && <Text size="xs" c="dimmed">Cost ${Number(run.cost).toFixed(4)}</Text>}
      <Anchor component={Link} to={`/agents/${run.agent}/runs/${run.id}`} size="xs">
        Every step of it
      </Anchor>
    </Stack>
  );
}

function took(run: Run): string {
  return run.ended_at ? `, ${duration((Date.parse(run.ended_at) - Date.parse(run.created_at)) / 1_000)}` : "";
}

/** Titles of the passages that the text rests on. */
function cited(run: Run): string[] {
  const citations = run.output?.citations as { title?: string; heading?: string }[] | undefined;
  return [...new Set((citations ?? []).map(({ title, heading }) => heading || title || ""))].filter(Boolean);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}

/** Arguments of a tool in one short line. */
function short(value: unknown): string {
  const entries = value && typeof value === "object" ? Object.entries(value).filter(([, each]) => each !== null && each !== "") : [];
  const line = entries.map(([name, each]) => `${name}: ${typeof each === "string" ? each : JSON.stringify(each)}`).join(", ");
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
