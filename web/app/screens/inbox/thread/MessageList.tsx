/** The thread: it begins at the newest message; older ones come as one scrolls up, and nothing jumps. */
import { Button, Loader, Text } from "@mantine/core";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ApprovalCard, type Deciding } from "./ApprovalCard";
import { dayOf, type Item } from "./items";
import { LineItem } from "./LineItem";
import { MessageItem } from "./MessageItem";
import classes from "./thread.module.css";

const NEAR = 80; // pixels from the newest: still there

type Props = {
  items: Item[];
  deciding: Deciding;
  contact: string;
  subject: string | null | undefined;
  reactions: boolean;
  more: boolean;
  loading: boolean;
  loadMore: () => void;
  children: ReactNode;
};

/** `children` come last: what is being sent, who is typing. */
export function MessageList({ items, deciding, contact, subject, reactions, more, loading, loadMore, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const newest = items.findLast(({ kind }) => kind === "message")?.id;
  const [seen, setSeen] = useState(newest);
  if (!away && seen !== newest) setSeen(newest);

  const load = useRef(loadMore);
  useEffect(() => {
    load.current = loadMore;
  });
  useEffect(() => {
    const element = top.current;
    if (!element || !more || loading) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && load.current(), { root: box.current, rootMargin: "400px 0px 0px 0px" });
    watch.observe(element);
    return () => watch.disconnect();
  }, [more, loading, items.length]);

  const toNewest = () => box.current?.scrollTo({ top: 0, behavior: "smooth" });
  return (
    <div className={classes.scroll}>
      {/* Turned around, the browser itself stays at the newest message, whatever grows above. */}
      <div ref={box} className={classes.box} onScroll={() => setAway((box.current?.scrollTop ?? 0) < -NEAR)} tabIndex={0} role="log" aria-label="Messages">
        <div className={classes.items}>
          <div ref={top} className={classes.top}>
            {more && (
              <Button variant="subtle" color="gray" onClick={loadMore} disabled={loading} leftSection={loading && <Loader size={12} />}>
                Older messages
              </Button>
            )}
          </div>
          {items.map((item) => (
            <ItemView key={item.id} item={item} deciding={deciding} contact={contact} subject={subject} reactions={reactions} />
          ))}
          {children}
        </div>
      </div>
      {away && (
        <Button className={classes.jump} radius="xl" variant={seen !== newest ? "filled" : "default"} leftSection={<ArrowDown size={14} aria-hidden />} onClick={toNewest}>
          {seen !== newest ? "New message" : "To the newest"}
        </Button>
      )}
    </div>
  );
}

type ItemProps = Pick<Props, "deciding" | "contact" | "subject" | "reactions"> & { item: Item };

function ItemView({ item, deciding, contact, subject, reactions }: ItemProps) {
  switch (item.kind) {
    case "day":
      return (
        <div className={classes.day} role="separator">
          <Text size="xs" c="dimmed" span>{dayOf(item.at)}</Text>
        </div>
      );
    case "message":
      return <MessageItem message={item.message} goesOn={item.goesOn} beginsCall={item.beginsCall} contact={contact} subject={subject} reactions={reactions} />;
    case "line":
      return <LineItem line={item.line} />;
    case "approval":
      return <ApprovalCard approval={item.approval} deciding={deciding} />;
  }
}
