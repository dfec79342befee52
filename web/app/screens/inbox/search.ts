/** What the list is narrowed to, as it stands in the address. */
import type { Queue } from "./queues";

export type InboxSearch = { q?: string; channel?: string; tag?: string; sort?: "due"; sla?: "warning" | "breached" };

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value.slice(0, 200) : undefined);

export function checkedSearch(search: Record<string, unknown>): InboxSearch {
  return { q: text(search.q), channel: text(search.channel), tag: text(search.tag), sort: search.sort === "due" ? "due" : undefined, sla: search.sla === "warning" || search.sla === "breached" ? search.sla : undefined };
}

/** The question to the API that shows a queue so narrowed. */
export function asked(queue: Queue, { q, channel, tag, sort, sla }: InboxSearch) {
  return { queue, q, channel, tag_id: tag, sort, sla };
}
export type Asked = ReturnType<typeof asked>;
