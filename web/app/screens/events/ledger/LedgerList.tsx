/** The inquiries that fit a search, newest first: more come as one scrolls on. */
import { Button, Center } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { type ReactNode, useEffect, useMemo } from "react";
import { api } from "~/api";
import { Failed, Lines } from "~/ui/states";
import { LedgerRow } from "./LedgerRow";
import classes from "./ledger.module.css";
import { asked, type LedgerSearch } from "./search";
import type { Line } from "./state";

export function useLedger(search: LedgerSearch, limit = 50) {
  const query = { ...asked(search), limit };
  return api.useInfiniteQuery(
    "get",
    "/api/ledger",
    { params: { query } },
    {
      pageParamName: "cursor",
      initialPageParam: null,
      getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined,
      placeholderData: (before) => before,
      meta: { live: "slow" },
    },
  );
}

type Props = {
  ledger: ReturnType<typeof useLedger>;
  empty: ReactNode;
  selected?: ReadonlySet<string>;
  onSelect?: (id: string, selected: boolean) => void;
  /** More come only when asked for. */
  short?: boolean;
};

export function useLines(ledger: ReturnType<typeof useLedger>): Line[] {
  return useMemo(() => ledger.data?.pages.flatMap((page) => page.items) ?? [], [ledger.data]);
}

export function LedgerList({ ledger, empty, selected, onSelect, short }: Props) {
  const lines = useLines(ledger);
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = ledger;
  const near = !short && entry?.isIntersecting;
  useEffect(() => {
    if (near && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [near, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (ledger.isPending) return <Lines count={8} height={40} />;
  if (ledger.isError && !lines.length) return <Failed error={ledger.error} retry={() => void ledger.refetch()} />;
  if (!lines.length) return <>{empty}</>;
  return (
    <>
      <ul className={classes.list} aria-label="Inquiries">
        {lines.map((line) => (
          <LedgerRow key={line.id} line={line} selected={selected?.has(line.id)} onSelect={onSelect} />
        ))}
      </ul>
      {hasNextPage && !short && (
        <Center p="md" ref={ref}>
          <Button variant="subtle" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}
