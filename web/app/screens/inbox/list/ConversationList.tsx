/** The conversations of a queue as one long list, of which only what is seen is drawn. */
import { Button, Text } from "@mantine/core";
import { Link, useRouterState } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef } from "react";
import { Empty, Failed, Lines } from "~/ui/states";
import { type Line, placeOf, type Queue } from "../queues";
import { ConversationRow } from "./ConversationRow";
import classes from "./list.module.css";
import type { useLines } from "./useLines";

export const ROW = 104;
const AHEAD = 25; // rows before the end at which the next page is asked for

export type ListHandle = { reveal: (index: number) => void; visible: () => string[] };

type Props = {
  queue: Queue;
  narrowed: boolean;
  query: ReturnType<typeof useLines>;
  openId: string | undefined;
  at: number;
  moveTo: (index: number) => void;
  selected: ReadonlySet<string>;
  select: (id: string, range: boolean) => void;
  handle: RefObject<ListHandle | null>;
  go: (id: string) => void;
};

export function ConversationList({ queue, narrowed, query, openId, at, moveTo, selected, select, handle, go }: Props) {
  const { lines, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const narrowing = useRouterState({ select: ({ location }) => location.searchStr });
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: useCallback((index: number) => lines[index]?.id ?? index, [lines]),
    overscan: 6,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !query.isFetchNextPageError && last >= lines.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, query.isFetchNextPageError, fetchNextPage, last, lines.length]);

  useImperativeHandle(handle, () => ({
    reveal: (index) => {
      const focus = () => {
        const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"]`);
        row?.focus({ preventScroll: true });
        return row;
      };
      rows.scrollToIndex(index);
      if (!focus()) requestAnimationFrame(focus); // at once where it is drawn: the next key may follow at once
    },
    visible: () => shown.flatMap(({ index }) => lines[index]?.id ?? []),
  }));

  if (query.isPending) return <Lines count={8} height={ROW - 24} />;
  if (query.isError && !lines.length) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!lines.length) return <Nothing queue={queue} narrowed={narrowed} />;
  return (
    <div ref={scroller} className={classes.scroller} data-testid="conversations">
      <div role="list" aria-label="Conversations" className={classes.rows} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const line = lines[index] as Line;
          return (
            <div key={key} className={classes.place} style={{ transform: `translateY(${start}px)`, height: ROW }}>
              <ConversationRow
                line={line}
                href={`/inbox/${queue}/${line.id}${narrowing}`}
                index={index}
                total={hasNextPage ? -1 : lines.length}
                open={line.id === openId}
                current={index === at}
                selected={selected.has(line.id)}
                select={select}
                focus={moveTo}
                go={go}
              />
            </div>
          );
        })}
      </div>
      {query.isFetchNextPageError && <Failed error={query.error} retry={() => void fetchNextPage()} />}
      {isFetchingNextPage && (
        <Text size="xs" c="dimmed" ta="center" py="xs">
          Loading more…
        </Text>
      )}
    </div>
  );
}

function Nothing({ queue, narrowed }: { queue: Queue; narrowed: boolean }) {
  const { empty, hint, icon: Icon } = placeOf(queue);
  if (narrowed) return <Empty title="Nothing fits">No conversation here is like that. Change the search or the filters above.</Empty>;
  return (
    <Empty icon={<Icon size={28} />} title={empty} action={queue === "all" && <Button component={Link} to="/connectors" variant="default">Your channels</Button>}>
      {hint}
    </Empty>
  );
}
