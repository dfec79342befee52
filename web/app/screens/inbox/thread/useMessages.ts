/** The messages of a conversation: the newest first asked for, older ones as one scrolls up, new ones as they come. */
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { client, type Schemas } from "~/api";
import { useLiveChange } from "~/live/hooks";

export type Message = Schemas["Message"];
type Page = Schemas["Page_Message_"];

const PAGE = 30;
const TOGETHER_MS = 25; // one message makes several changes

function keyOf(conversationId: string) {
  return ["thread", conversationId] as const;
}

async function page(conversationId: string, cursor: string | null): Promise<Page> {
  const { data } = await client.GET("/api/conversations/{conversation_id}/messages", {
    params: { path: { conversation_id: conversationId }, query: { order: "newest", limit: PAGE, cursor } },
  });
  return data!;
}

export function useMessages(conversationId: string) {
  const queries = useQueryClient();
  const key = useMemo(() => keyOf(conversationId), [conversationId]);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => page(conversationId, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    meta: { live: false },
  });
  const renew = useCallback(async () => {
    const newest = await page(conversationId, null).catch(() => null); // the note of a lost connection tells enough
    if (newest) queries.setQueryData<InfiniteData<Page, string | null>>(key, (known) => merged(known, newest));
  }, [conversationId, key, queries]);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveChange(["conversation"], (change) => {
    if (change.kind !== "reset" && change.ids && !change.ids.includes(conversationId)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void renew(), TOGETHER_MS);
  });

  const messages = useMemo(() => (query.data?.pages ?? []).flatMap(({ items }) => items).reverse(), [query.data]);
  return { ...query, messages, renew };
}

/** The newest page over what is known. Where they do not touch, something in between is missing: only the newest stay. */
function merged(known: InfiniteData<Page, string | null> | undefined, newest: Page): InfiniteData<Page, string | null> {
  const alone = { pages: [newest], pageParams: [null] };
  const first = known?.pages[0];
  if (!known || !first) return alone;
  const fresh = new Map(newest.items.map((item) => [item.id, item]));
  const touches = !newest.next_cursor || first.items.some(({ id }) => fresh.has(id));
  if (!touches) return alone;
  const had = new Set(known.pages.flatMap(({ items }) => items.map(({ id }) => id)));
  const added = newest.items.filter(({ id }) => !had.has(id));
  const pages = known.pages.map((each, index) => ({
    ...each,
    items: [...(index === 0 ? added : []), ...each.items.map((item) => fresh.get(item.id) ?? item)],
  }));
  return { ...known, pages };
}
