/** The queues: their names, and which conversation stands in which. */
import { Archive, Bot, CircleUserRound, Clock, Inbox, ShieldQuestion, UserRoundX, Users, type LucideIcon } from "lucide-react";
import type { Schemas } from "~/api";
import { calledBy } from "~/ui/contact";

export type Line = Schemas["ConversationLine"];
export type Tag = Line["tags"][number];
export type Queue = "mine" | "team" | "unassigned" | "ai" | "approval" | "snoozed" | "closed" | "all";
export type Me = { memberId: string | undefined; teamIds: readonly string[] };

type Place = { queue: Queue; label: string; icon: LucideIcon; empty: string; hint: string };

export const QUEUES: readonly Place[] = [
  { queue: "mine", label: "Mine", icon: CircleUserRound, empty: "Nothing is yours right now", hint: "What you claim, answer or are given stands here." },
  { queue: "team", label: "My teams", icon: Users, empty: "Your teams have nothing to do", hint: "What was given to one of your teams stands here until somebody takes it." },
  { queue: "unassigned", label: "Unassigned", icon: UserRoundX, empty: "Nobody is waiting", hint: "What the AI hands over or could not send, and nobody has taken yet." },
  { queue: "approval", label: "Approvals", icon: ShieldQuestion, empty: "Nothing waits for a yes", hint: "What the AI wants to say or do, and may not by itself; in Manual Mode every inquiry, until somebody lets it answer." },
  { queue: "ai", label: "With the AI", icon: Bot, empty: "The AI has no open conversation", hint: "What the AI answers by itself. You can take over at any time." },
  { queue: "snoozed", label: "Snoozed", icon: Clock, empty: "Nothing is snoozed", hint: "It comes back at its time, or when the contact writes." },
  { queue: "closed", label: "Closed", icon: Archive, empty: "Nothing is closed yet", hint: "The contact's next message opens a conversation again." },
  { queue: "all", label: "Everything", icon: Inbox, empty: "There are no conversations yet", hint: "They begin when somebody writes to one of your channels." },
];

export function isQueue(name: string | undefined): name is Queue {
  return QUEUES.some(({ queue }) => queue === name);
}

export function placeOf(queue: Queue): Place {
  return QUEUES.find((place) => place.queue === queue)!;
}

/** As the server sees it, for what is shown before it has answered. */
export function belongs(line: Line, queue: Queue, me: Me): boolean {
  const open = line.status === "open";
  switch (queue) {
    case "mine":
      return open && line.holder === "member" && line.holder_id === me.memberId;
    case "team":
      return open && line.holder === "team" && line.team_id !== null && me.teamIds.includes(line.team_id);
    case "unassigned":
      return open && (line.holder === "team" ? line.team_id === null : line.holder === "agent" && line.respond_by !== null);
    case "ai":
      return open && line.holder === "agent" && line.respond_by === null && !line.to_run;
    case "approval":
      return line.pending_approvals + line.to_run > 0;
    case "snoozed":
    case "closed":
      return line.status === queue;
    case "all":
      return true;
  }
}

/** What a conversation is called by where there is little room. */
export function nameOf(line: Pick<Line, "contact_name" | "contact_address" | "channel">): string {
  return calledBy(line.contact_name, line.channel === "webchat", line.contact_address);
}
