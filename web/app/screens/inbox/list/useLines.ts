/** The conversations of a queue: page after page as one scrolls, each line renewed by itself when it changes. */
import { type QueryClient, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { client } from "~/api";
import { useLiveChange } from "~/live/hooks";
import type { Asked } from "../search";
import type { Line } from "../queues";
import { type Lines, patched } from "./lines";

const PAGE = 50;
const MOST_IDS = 100;
const SOON_MS = 60;
const LATER_MS = 900;

export const LINES = "inbox-lines";
export const linesKey = (asked: Asked) => [LINES, asked] as const;

export function useLines(asked: Asked) {
  const query = useInfiniteQuery({
    queryKey: linesKey(asked),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await client.GET("/api/conversations", { params: { query: { ...asked, limit: PAGE, cursor: pageParam } }, signal });
      return data!;
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: { live: false },
    staleTime: Infinity,
  });
  const lines = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, lines };
}

/** Asks what became of these lines, in every list that is kept. */
export async function renewLines(queries: QueryClient, ids: readonly string[]): Promise<void> {
  const lists = queries.getQueryCache().findAll({ queryKey: [LINES] });
  const wanted = [...new Set(ids)].slice(0, MOST_IDS);
  if (!wanted.length) return;
  await Promise.all(
    lists.map(async (list) => {
      if (!list.state.data) return;
      // A list that nobody sees is read again when somebody does.
      if (!list.isActive()) return queries.removeQueries({ queryKey: list.queryKey, exact: true });
      const asked = list.queryKey[1] as Asked;
      const { data } = await client.GET("/api/conversations", { params: { query: { ...asked, ids: wanted, limit: MOST_IDS } } });
      queries.setQueryData<Lines>(list.queryKey, (before) => before && patched(before, wanted, data!.items, asked.sort));
    }),
  );
}

/** Follows what changes. `visible`: the ids on the screen, which are asked about where a change names others. */
export function useLiveLines(asked: Asked, visible: () => string[]): void {
  const queries = useQueryClient();
  const soon = useGathered(SOON_MS, (ids) => void renewLines(queries, ids));
  const later = useGathered(LATER_MS, () => {
    void renewLines(queries, visible());
    void queries.invalidateQueries({ queryKey: ["get", "/api/conversations/{conversation_id}"] }); // the open one
  });
  const again = useGathered(LATER_MS, () => void startAgain(queries, asked));
  useLiveChange(["conversation", "approval", "event", "contact", "tag"], ({ kind, ids }) => {
    if (kind === "conversation" && ids) return soon(ids);
    if (kind === "reset" || kind === "conversation" || (kind === "approval" && asked.queue === "approval")) void startAgain(queries, asked);
    else if (kind === "event" && asked.queue === "approval") again([]);
    later([]);
  });
}

/** Much may have changed: the first page is read again, what stands below it when one scrolls there. */
async function startAgain(queries: QueryClient, asked: Asked): Promise<void> {
  const { data } = await client.GET("/api/conversations", { params: { query: { ...asked, limit: PAGE } } });
  queries.setQueryData<Lines>(linesKey(asked), (before) => before && { pages: [data!], pageParams: before.pageParams.slice(0, 1) });
}

/** A function to be told ids, which calls `act` once with all that came within a time. */
function useGathered(milliseconds: number, act: (ids: string[]) => void): (ids: readonly string[]) => void {
  const current = useRef(act);
  const waiting = useRef<{ ids: Set<string>; timer: ReturnType<typeof setTimeout> } | null>(null);
  useEffect(() => {
    current.current = act;
  });
  useEffect(
    () => () => {
      clearTimeout(waiting.current?.timer);
      waiting.current = null;
    },
    [],
  );
  return useCallback(
    (ids) => {
      waiting.current ??= {
        ids: new Set(),
        timer: setTimeout(() => {
          const all = [...waiting.current!.ids];
          waiting.current = null;
          current.current(all);
        }, milliseconds),
      };
      for (const id of ids) waiting.current.ids.add(id);
    },
    [milliseconds],
  );
}

/** What a person did, shown before the server has answered; the way back. */
export function guessLines(queries: QueryClient, ids: readonly string[], change: (line: Line, asked: Asked) => Line | null): () => void {
  const before = queries.getQueriesData<Lines>({ queryKey: [LINES] });
  const changing = new Set(ids);
  for (const [key, lines] of before) {
    if (!lines) continue;
    const asked = key[1] as Asked;
    const pages = lines.pages.map((page) => {
      if (!page.items.some((line) => changing.has(line.id))) return page;
      return { ...page, items: page.items.flatMap((line) => (changing.has(line.id) ? (change(line, asked) ?? []) : line)) };
    });
    queries.setQueryData<Lines>(key, { ...lines, pages });
  }
  return () => {
    for (const [key, lines] of before) queries.setQueryData(key, lines);
  };
}
