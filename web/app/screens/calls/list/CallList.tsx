/** The calls that fit a search, newest first: more come as one scrolls on. */
import { Button, Center } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from "react";
import { api, PAGED } from "~/api";
import { isTyping } from "~/shell/keys";
import { Failed, Lines } from "~/ui/states";
import { CallRow } from "./CallRow";
import classes from "./list.module.css";
import { asked, type CallSearch } from "./search";

export function CallList({ search, empty }: { search: CallSearch; empty: ReactNode }) {
  const query = { ...asked(search), limit: 50 };
  const calls = api.useInfiniteQuery("get", "/api/calls", { params: { query } }, { ...PAGED, placeholderData: (before) => before, meta: { live: "slow" } });
  const lines = useMemo(() => calls.data?.pages.flatMap((page) => page.items) ?? [], [calls.data]);
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = calls;
  useEffect(() => {
    if (entry?.isIntersecting && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [entry?.isIntersecting, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (calls.isPending) return <Lines count={8} height={40} />;
  if (calls.isError && !lines.length) return <Failed error={calls.error} retry={() => void calls.refetch()} />;
  if (!lines.length) return <>{empty}</>;
  return (
    <>
      <ul ref={list} className={classes.list} aria-label="Calls">
        {lines.map((call) => (
          <CallRow key={call.id} call={call} />
        ))}
      </ul>
      {hasNextPage && (
        <Center p="md" ref={ref}>
          <Button variant="subtle" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

/** j and k, or the arrows, go from call to call; Enter opens it, as any link. */
function useRowKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event) || document.querySelector("[role=dialog],[role=menu]")) return;
      const step = event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
      const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-call]") ?? [])];
      if (!step || !rows.length) return;
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      rows[Math.max(0, Math.min(rows.length - 1, at + step))]!.querySelector("a")!.focus();
      event.preventDefault();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [list]);
}
