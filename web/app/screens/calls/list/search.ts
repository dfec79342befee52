/** What the list of calls is narrowed to, as it stands in an address, and as the API is asked for it. */
import type { paths } from "@api/schema";

export const STATES = {
  live: "On the line",
  ringing: "Ringing",
  answered: "Answered",
  handed_off: "Handed to a person",
  transferred: "Put through",
  voicemail: "Left a message",
  missed: "Missed",
  no_answer: "Nobody answered",
  busy: "Busy",
  failed: "Failed",
} as const;
export type State = keyof typeof STATES;

export const DIRECTIONS = { inbound: "They called", outbound: "We called" } as const;

export type CallSearch = { state?: State; direction?: keyof typeof DIRECTIONS; agent?: string; contact?: string };
type CallQuery = NonNullable<paths["/api/calls"]["get"]["parameters"]["query"]>;

export function checkedSearch(given: Record<string, unknown>): CallSearch {
  const search: CallSearch = {};
  for (const name of ["agent", "contact"] as const) if (typeof given[name] === "string" && given[name]) search[name] = given[name];
  if (typeof given.state === "string" && given.state in STATES) search.state = given.state as State;
  if (given.direction === "inbound" || given.direction === "outbound") search.direction = given.direction;
  return search;
}

export function asked({ state, direction, agent, contact }: CallSearch): CallQuery {
  const how = state === undefined ? {} : state === "live" || state === "ringing" ? { status: state } : { outcome: state };
  return { ...how, direction, agent, contact_id: contact };
}

export function isNarrowed(search: CallSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}
