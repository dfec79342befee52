/** What stands in a thread, in order: days, messages, what happened between them, what waits for a yes. */
import type { Schemas } from "~/api";
import type { Message } from "./useMessages";

export type Line = Schemas["ActivityLine"];
export type Approval = Schemas["ApprovalOut"];
export type Item =
  | { kind: "day"; id: string; at: string }
  | { kind: "message"; id: string; at: string; message: Message; goesOn: boolean; beginsCall?: boolean }
  | { kind: "line"; id: string; at: string; line: Line }
  | { kind: "approval"; id: string; at: string; approval: Approval };

const TOGETHER_MS = 5 * 60_000;

type Given = { messages: Message[]; lines: Line[]; approvals: Approval[]; complete: boolean };

/** `complete`: no older messages are left to load; else what happened before the first one is left out. */
export function itemsOf({ messages, lines, approvals, complete }: Given): Item[] {
  const since = complete ? "" : (messages[0]?.created_at ?? "");
  const all: Item[] = [
    ...messages.map((message): Item => ({ kind: "message", id: message.id, at: message.created_at, message, goesOn: false })),
    ...lines.filter(({ at }) => at >= since).map((line): Item => ({ kind: "line", id: line.id, at: line.at, line })),
    ...approvals.map((approval): Item => ({ kind: "approval", id: approval.id, at: approval.created_at, approval })),
  ];
  all.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return withDays(all);
}

function withDays(all: Item[]): Item[] {
  const items: Item[] = [];
  const calls = new Set<string>();
  let day = "";
  for (const item of all) {
    const its = new Date(item.at).toDateString();
    if (its !== day) items.push({ kind: "day", id: `day ${its}`, at: item.at });
    day = its;
    const before = items.at(-1);
    if (item.kind === "message" && before?.kind === "message") item.goesOn = isSameVoice(before.message, item.message);
    const call = item.kind === "message" && item.message.call_id;
    if (item.kind === "message") item.beginsCall = !!call && !calls.has(call);
    if (call) calls.add(call);
    items.push(item);
  }
  return items;
}

/** Of one author, shortly after the other: the name need not be said again. */
function isSameVoice(one: Message, other: Message): boolean {
  const same = one.author === other.author && one.author_id === other.author_id && one.direction === other.direction;
  return same && Date.parse(other.created_at) - Date.parse(one.created_at) < TOGETHER_MS;
}

const dayName = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export function dayOf(at: string, now = new Date()): string {
  const day = new Date(at);
  const days = Math.round((new Date(now.toDateString()).getTime() - new Date(day.toDateString()).getTime()) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return day.getFullYear() === now.getFullYear() ? dayName.format(day) : dayAndYear.format(day);
}
