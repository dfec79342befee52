/** What the ledger is narrowed to, as it stands in an address, and as the API is asked for it. */
import type { paths } from "@api/schema";

export const STATES = {
  open: "Needs somebody",
  waiting: "Waiting",
  run: "Waits to be run",
  approval: "Waits for approval",
  person: "Waits for a person",
  delivery: "Reply on its way",
  live: "On the telephone",
  queued: "With the AI",
  answered: "Answered",
  handed_off: "Handed off",
  ignored: "No answer needed",
  failed: "Failed",
} as const;
export type State = keyof typeof STATES;

export type LedgerSearch = {
  state?: State;
  channel?: string;
  account?: string;
  contact?: string;
  owner?: string;
  q?: string;
  days?: number;
  kind?: "all";
};
export type LedgerQuery = NonNullable<paths["/api/ledger"]["get"]["parameters"]["query"]>;

const TEXTS = ["channel", "account", "contact", "owner", "q"] as const;
const HOUR = 3_600_000;

export function checkedSearch(given: Record<string, unknown>): LedgerSearch {
  const search: LedgerSearch = {};
  for (const name of TEXTS) if (typeof given[name] === "string" && given[name]) search[name] = given[name];
  if (typeof given.state === "string" && given.state in STATES) search.state = given.state as State;
  const days = Number(given.days);
  if (Number.isInteger(days) && days > 0 && days <= 366) search.days = days;
  if (given.kind === "all") search.kind = "all";
  return search;
}

/** To the hour, so that the same question is not a new one every moment. */
export function sinceDays(days: number): string {
  return new Date(Math.floor(Date.now() / HOUR) * HOUR - days * 24 * HOUR).toISOString();
}

export function asked(search: LedgerSearch): LedgerQuery {
  return {
    ...inState(search.state),
    channel: search.channel,
    account_id: search.account,
    contact_id: search.contact,
    owner: search.owner,
    text: search.q,
    kind: search.kind,
    since: search.days ? sinceDays(search.days) : undefined,
  };
}

function inState(state: State | undefined): LedgerQuery {
  switch (state) {
    case undefined:
      return {};
    case "open":
      return { open: true };
    case "waiting":
    case "queued":
    case "live":
      return { status: state };
    case "run":
    case "approval":
    case "person":
    case "delivery":
      return { waiting_for: state };
    default:
      return { outcome: state };
  }
}

export function isNarrowed(search: LedgerSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}
