/** Who answers on an account, as it is edited: rows in their order, and who answers at all other times. */
import { Problem, type Schemas } from "~/api";

export type Mapping = Schemas["PhoneMapping"];
export type Week = NonNullable<Mapping["hours"]>;
/** `who`: "agent:chat" or "team:<id>"; empty until somebody is chosen. */
export type Row = { key: number; who: string; hours: Week | null };
export type Draft = { rows: Row[]; otherwise: string | null };

export const MOST = 20;
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export const OFFICE: Week = { monday: ["09:00-17:00"], tuesday: ["09:00-17:00"], wednesday: ["09:00-17:00"], thursday: ["09:00-17:00"], friday: ["09:00-17:00"] };

let last = 0;

export function newRow(who = "", hours: Week | null = null): Row {
  return { key: ++last, who, hours };
}

export function whoOf({ ai_agent_id, team_id }: Pick<Mapping, "ai_agent_id" | "team_id">): string {
  return ai_agent_id ? `agent:${ai_agent_id}` : `team:${team_id}`;
}

export function draftOf(items: Mapping[], agent: string | null): Draft {
  return { rows: items.map((one) => newRow(whoOf(one), one.hours ?? null)), otherwise: agent };
}

/** As the API takes them: each day that has hours, in the order of the week. */
export function itemsOf(rows: Row[]): Mapping[] {
  return rows.map(({ who, hours }) => {
    const id = who.slice(who.indexOf(":") + 1);
    const days = hours && Object.fromEntries(DAYS.flatMap((day) => (hours[day]?.length ? [[day, hours[day]]] : [])));
    return { ai_agent_id: who.startsWith("agent:") ? id : null, team_id: who.startsWith("team:") ? id : null, hours: days };
  });
}

export function isSame(one: Draft, other: Draft): boolean {
  return one.otherwise === other.otherwise && JSON.stringify(itemsOf(one.rows)) === JSON.stringify(itemsOf(other.rows));
}

/** What the server says is wrong with the row at this place. */
export function faultsAt(error: unknown, place: number): string[] {
  const listed = error instanceof Problem && Array.isArray(error.more.errors) ? (error.more.errors as { field?: string; message?: string }[]) : [];
  const mine = listed.filter(({ field }) => field === `items.${place}` || field?.startsWith(`items.${place}.`));
  return [...new Set(mine.map(({ field, message }) => `${dayIn(field!)}${message ?? "is wrong"}`))];
}

function dayIn(field: string): string {
  const day = /\.hours\.([a-z]+)\./.exec(field)?.[1];
  return day ? `${day.charAt(0).toUpperCase()}${day.slice(1)}: ` : "";
}

const SHORT = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** "Mon–Fri 09:00–17:00; Sat 10:00–12:00": days with the same hours are joined. */
export function hoursInWords(hours: Week | null | undefined): string {
  if (!hours) return "Always";
  const groups: { from: number; until: number; spans: string }[] = [];
  for (const [place, day] of DAYS.entries()) {
    const spans = (hours[day] ?? []).join(", ").replaceAll("-", "–");
    const before = groups.at(-1);
    if (!spans) continue;
    if (before?.spans === spans && before.until === place - 1) before.until = place;
    else groups.push({ from: place, until: place, spans });
  }
  return groups.map(({ from, until, spans }) => `${from === until ? SHORT[from] : `${SHORT[from]}–${SHORT[until]}`} ${spans}`).join("; ") || "Never asked: there are no hours";
}
