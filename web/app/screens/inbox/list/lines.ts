/** The pages of the list as they are kept, and how single lines change in them. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Schemas } from "~/api";
import type { Asked } from "../search";
import type { Line } from "../queues";

export type LinePage = Schemas["Page_ConversationLine_"];
export type Lines = InfiniteData<LinePage, string | undefined>;

const FAR = "9000";

/** What stands first in this order: negative when `a` does. */
function order(sort: Asked["sort"], a: Line, b: Line): number {
  if (sort === "due") return compare(a.due_at ?? FAR, b.due_at ?? FAR) || compare(a.id, b.id);
  return compare(b.last_message_at, a.last_message_at) || compare(b.id, a.id);
}

// Moments of the API are all in UTC and written alike, but for their fractions of a second.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The lines in `found` stand where they belong, and those of `asked` that were not found are gone. What belongs behind
 * the last page that is loaded is left to that page.
 */
export function patched(lines: Lines, asked: readonly string[], found: readonly Line[], sort: Asked["sort"]): Lines {
  const moved = new Set(asked);
  const fresh = new Map(found.map((line) => [line.id, line]));
  const stays = (line: Line): boolean => {
    const now = fresh.get(line.id);
    return !moved.has(line.id) || (now !== undefined && order(sort, now, line) === 0);
  };
  const kept = new Set<string>();
  const pages = lines.pages.map((page) => {
    if (!page.items.some((line) => moved.has(line.id))) return page;
    const items = page.items.filter(stays).map((line) => {
      if (moved.has(line.id)) kept.add(line.id);
      return fresh.get(line.id) ?? line;
    });
    return { ...page, items };
  });
  for (const line of found) if (!kept.has(line.id)) insert(pages, line, sort);
  return { ...lines, pages };
}

function insert(pages: LinePage[], line: Line, sort: Asked["sort"]): void {
  for (let number = 0; number < pages.length; number += 1) {
    const page = pages[number]!;
    const isLast = number === pages.length - 1;
    const place = page.items.findIndex((other) => order(sort, line, other) < 0);
    if (place < 0 && !(isLast && !page.next_cursor)) continue;
    const at = place < 0 ? page.items.length : place;
    pages[number] = { ...page, items: [...page.items.slice(0, at), line, ...page.items.slice(at)] };
    return;
  }
}
