/** How an inquiry stands, whose it is and how urgent: in words and a colour. */
import { Badge, Text } from "@mantine/core";
import type { Schemas } from "~/api";
import { Ago, duration } from "~/ui/time";
import { STATES, type State } from "./search";

export type Line = Schemas["LedgerLine"];

const COLORS: Record<State, string> = {
  open: "orange",
  waiting: "yellow",
  run: "yellow",
  approval: "orange",
  person: "orange",
  delivery: "blue",
  live: "blue",
  queued: "blue",
  answered: "green",
  handed_off: "violet",
  ignored: "gray",
  failed: "red",
};

export function stateOf(line: Pick<Line, "waiting_for" | "outcome"> & { status: Line["status"] | null }): State {
  if (line.status === "queued" || line.status === "live") return line.status;
  return line.outcome ?? line.waiting_for ?? "waiting";
}

export function StateBadge({ state }: { state: State }) {
  return <Badge color={COLORS[state]}>{STATES[state]}</Badge>;
}

export function ownerName(line: Pick<Line, "owner" | "owner_name">): string {
  switch (line.owner) {
    case "agent":
      return line.owner_name ? `AI · ${agentName(line.owner_name)}` : "AI";
    case "member":
      return line.owner_name ?? "A teammate";
    case "team":
      return "The team";
    default:
      return "–";
  }
}

/** "email_sales" as people read it. */
export function agentName(name: string): string {
  return name.replaceAll("_", " ");
}

/** Of what is late or broken: readable as small text, in both schemes. */
export const ALARM = "var(--mantine-color-error)";

export function isOverdue(deadline: string | null | undefined): boolean {
  return !!deadline && new Date(deadline).getTime() <= Date.now();
}

/** Until when somebody has to answer, or how long the first answer took. */
export function Urgency({ line }: { line: Pick<Line, "deadline" | "first_response_seconds"> }) {
  if (line.deadline) {
    const late = isOverdue(line.deadline);
    return (
      <Text size="xs" component="span" c={late ? ALARM : "dimmed"} fw={late ? 600 : undefined}>
        {late ? "overdue, was due " : "due "}
        <Ago at={line.deadline} />
      </Text>
    );
  }
  if (line.first_response_seconds == null) return null;
  return (
    <Text size="xs" component="span" c="dimmed">
      after {duration(line.first_response_seconds)}
    </Text>
  );
}
