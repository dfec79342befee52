/** Which stored answers a change makes old: they are asked for again, those on the screen at once. */
import type { Query, QueryClient } from "@tanstack/react-query";
import { live, type Change } from "~/live/stream";

/** By kind: beginnings of addresses whose answers may differ now. `:id` paths only where the id is one that changed. */
const CONCERNS: Record<string, string[]> = {
  event: ["/api/conversations/counts", "/api/events", "/api/ledger", "/api/overview", "/api/counts", "/api/settings/auto-mode"],
  run: ["/api/runs", "/api/events/{event_id}/story"],
  approval: ["/api/approvals", "/api/conversations", "/api/counts", "/api/overview"],
  conversation: ["/api/conversations", "/api/counts", "/api/overview", "/api/contacts/{contact_id}/timeline"],
  presence: ["/api/conversations/{conversation_id}/presence"],
  contact: ["/api/contacts", "/api/conversations", "/api/calls"],
  call: ["/api/calls", "/api/usage/events"],
  task: ["/api/tasks", "/api/follow-ups", "/api/counts", "/api/contacts/{contact_id}/timeline"],
  booking: ["/api/bookings", "/api/availability", "/api/contacts/{contact_id}/timeline"],
  schedule: ["/api/services", "/api/calendar", "/api/availability", "/api/settings/booking"],
  notification: ["/api/me/notifications", "/api/me/offers"],
  account: ["/api/accounts", "/api/templates", "/api/onboarding", "/api/overview"],
  knowledge: ["/api/knowledge", "/api/onboarding"],
  member: ["/api/members", "/api/teams", "/api/me"],
  workspace: ["/api/settings", "/api/agents", "/api/me", "/api/onboarding", "/api/overview", "/api/calendar/hours", "/api/availability"],
  duplicate: ["/api/contacts/duplicates"],
  import: ["/api/contacts/imports"],
  eval: ["/api/evals"],
  batch: ["/api/process-events"],
  canned_reply: ["/api/canned-replies"],
  tag: ["/api/tags", "/api/conversations"],
};
const ID_OF: Record<string, string> = { conversation: "conversation_id", event: "event_id", contact: "contact_id", call: "call_id" };
const BATCH_MS = 40;
const SLOW_MS = 2_000;

type Init = { params?: { path?: Record<string, string> } } | undefined;

function concerns(change: Change, query: Query): boolean {
  if (query.meta?.live === false) return false;
  if (change.kind === "reset") return true;
  const [, path, init] = query.queryKey as [string, unknown, Init];
  if (typeof path !== "string" || !CONCERNS[change.kind]?.some((start) => path.startsWith(start))) return false;
  const parameter = ID_OF[change.kind];
  const id = parameter ? init?.params?.path?.[parameter] : undefined;
  return id === undefined || change.ids === null || change.ids.includes(id);
}

/** From now on. Changes that come together are one renewal. */
export function renewWhatChanges(client: QueryClient): void {
  renewer(client, BATCH_MS, (query) => query.meta?.live !== "slow");
  renewer(client, SLOW_MS, (query) => query.meta?.live === "slow");
}

function renewer(client: QueryClient, milliseconds: number, mine: (query: Query) => boolean): void {
  let waiting: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const renew = () => {
    const changes = waiting;
    waiting = [];
    timer = undefined;
    void client.invalidateQueries({ predicate: (query) => mine(query) && changes.some((change) => concerns(change, query)) });
  };
  live.onChange((change) => {
    waiting.push(change);
    timer ??= setTimeout(renew, milliseconds);
  });
}
