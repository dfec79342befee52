/** What addresses of these screens hold after the question mark; what makes no sense there is left out. */
import { STATUSES, type Status } from "./parts/data";

const SORTS = ["active", "created", "name"] as const;
export type Sort = (typeof SORTS)[number];

export type Filters = { q?: string; status?: Status; tag?: string; channel?: string; open?: true; blocked?: true; sort?: Sort };

export function checkedFilters(search: Record<string, unknown>): Filters {
  return without({
    q: text(search.q),
    status: typeof search.status === "string" && search.status in STATUSES ? (search.status as Status) : undefined,
    tag: text(search.tag),
    channel: text(search.channel),
    open: search.open === true ? true : undefined,
    blocked: search.blocked === true ? true : undefined,
    sort: SORTS.find((sort) => sort === search.sort),
  });
}

export const SHOWN = {
  all: { label: "Everything", kinds: [] },
  messages: { label: "Messages", kinds: ["message", "conversation"] },
  notes: { label: "Notes", kinds: ["note"] },
  tasks: { label: "Tasks", kinds: ["task", "follow_up"] },
  bookings: { label: "Bookings", kinds: ["booking"] },
  decisions: { label: "Decisions", kinds: ["approval", "hand_off", "ignored", "failed", "merge"] },
} as const;
export type Shown = keyof typeof SHOWN;
export type View = { show?: Shown };

export function checkedView(search: Record<string, unknown>): View {
  return without({ show: typeof search.show === "string" && search.show in SHOWN ? (search.show as Shown) : undefined });
}

function text(value: unknown): string | undefined {
  return (typeof value === "string" || typeof value === "number") && String(value) ? String(value).slice(0, 200) : undefined;
}

function without<T extends object>(search: T): T {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T;
}
