/** The agent desktop: queues and conversations at the left, one conversation in the middle, its contact at the right. */
import { useDocumentTitle, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { Link, Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Empty, isGone, Lines } from "~/ui/states";
import { ConversationHeader, useConversation } from "./ConversationHeader";
import { QueueList, useCounts } from "./QueueList";
import { useHandling } from "./handling/useHandling";
import { useInboxMe } from "./handling/useInboxMe";
import classes from "./inbox.module.css";
import { type Doing, useInboxKeys } from "./keys";
import { BulkBar } from "./list/BulkBar";
import { ConversationList, type ListHandle } from "./list/ConversationList";
import { ListHeader } from "./list/ListHeader";
import { useLiveLines, useLines } from "./list/useLines";
import { useSelection } from "./list/useSelection";
import { isQueue, nameOf, placeOf, type Queue } from "./queues";
import { asked as askedFor, type InboxSearch } from "./search";
import { Thread } from "./thread/Thread";

const ContactPanel = lazy(() => import("./contact/ContactPanel"));
const parts = [() => import("./handling/AssignDialog"), () => import("./handling/SnoozeDialog"), () => import("./handling/TagDialog"), () => import("./handling/WrapUpDialog")] as const;
const [AssignDialog, SnoozeDialog, TagDialog, WrapUpDialog] = [lazy(parts[0]), lazy(parts[1]), lazy(parts[2]), lazy(parts[3])];
const Shortcuts = lazy(() => import("./Shortcuts"));
const IDLE_MS = 1_500; // then what keys open is fetched, so that it opens at once

const CONVERSATION = /^[0-9a-f-]{36}$/; // alone, it is a short address of one

type Dialog = { what: "assign" | "snooze" | "tag"; ids: string[] } | { what: "wrap-up"; id: string; name: string } | { what: "help" };

export function InboxScreen() {
  const { queue, conversationId } = useParams({ strict: false });
  const search = useSearch({ from: "/shell/inbox" });
  if (queue === "approvals") return <Navigate to="/inbox/$queue" params={{ queue: "approval" }} replace />;
  if (queue && CONVERSATION.test(queue)) return <Navigate to="/inbox/$queue/$conversationId" params={{ queue: "all", conversationId: queue }} replace />;
  if (!queue) return <FirstQueue />;
  if (!isQueue(queue)) return <Empty title="There is no such queue" action={<Link to="/inbox">To the inbox</Link>} />;
  return <Inbox key={queue} queue={queue} conversationId={conversationId} search={search} />;
}

/** The first queue in which somebody waits for you. */
function FirstQueue() {
  const { data: counts, isError } = useCounts();
  if (!counts && !isError) return <Lines />;
  const queue = counts?.mine ? "mine" : counts?.unassigned ? "unassigned" : "all";
  return <Navigate to="/inbox/$queue" params={{ queue }} replace />;
}

function Inbox({ queue, conversationId, search }: { queue: Queue; conversationId: string | undefined; search: InboxSearch }) {
  useDocumentTitle(`${placeOf(queue).label} · Inbox · Dynaris`);
  const navigate = useNavigate();
  const asked = askedFor(queue, search);
  const query = useLines(asked);
  const { lines } = query;
  const list = useRef<ListHandle>(null);
  const field = useRef<HTMLInputElement>(null);
  useLiveLines(asked, () => list.current?.visible() ?? []);

  const [at, moveTo] = useState(0);
  const place = Math.min(at, Math.max(lines.length - 1, 0));
  const narrowed = JSON.stringify(search);
  const { selected, select, clear } = useSelection(lines, narrowed);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const me = useInboxMe();
  const handling = useHandling();
  const [panel, togglePanel] = usePanel();

  useEffect(() => {
    const timer = setTimeout(() => parts.forEach((part) => void part()), IDLE_MS);
    return () => clearTimeout(timer);
  }, []);

  const isId = conversationId !== undefined && CONVERSATION.test(conversationId);
  const { data: opened, error: unopened } = useConversation(isId ? conversationId : undefined);
  const index = lines.findIndex(({ id }) => id === conversationId);
  useEffect(() => {
    if (index >= 0) moveTo(index);
  }, [index]);

  const open = useCallback((id: string | undefined) => void navigate(id ? { to: "/inbox/$queue/$conversationId", params: { queue, conversationId: id }, search } : { to: "/inbox/$queue", params: { queue }, search }), [navigate, queue, search]);

  /** The selected ones, else the one that has the focus, else the open one. */
  const chosen = (): string[] => {
    if (selected.size) return [...selected];
    const focused = document.activeElement?.closest("[data-row]") ? lines[place]?.id : undefined;
    const id = focused ?? conversationId ?? lines[place]?.id;
    return id ? [id] : [];
  };
  const known = (ids: string[]) => [...lines, ...(opened ? [opened] : [])].filter(({ id }) => ids.includes(id));

  const act = (what: Doing, ids = chosen()) => {
    if (!ids.length) return;
    if (what === "claim") claim(ids);
    else if (what === "close") end(ids);
    else setDialog({ what, ids });
  };
  const claim = (ids: string[]) => {
    const [line] = known(ids);
    if (ids.length > 1 && me.memberId) void handling.assign(ids, { member: { id: me.memberId, name: me.name } });
    else if (line) void handling.claim(line);
    clear();
  };
  /** The next conversation takes the place of an open one that leaves the list. */
  const end = (ids: string[]) => {
    const reopens = known(ids).every(({ status }) => status !== "open");
    const next = lines.slice(index + 1).find(({ id }) => !ids.includes(id)) ?? lines.find(({ id }) => !ids.includes(id));
    void (reopens ? handling.reopen(ids) : handling.close(ids));
    if (!reopens) wrapUp(ids);
    clear();
    if (conversationId && ids.includes(conversationId) && !reopens && queue !== "all") open(next?.id);
  };
  /** Of one that you had. */
  const wrapUp = ([id, ...others]: string[]) => {
    const [line] = id ? known([id]) : [];
    if (line && !others.length && line.holder === "member" && line.holder_id === me.memberId) setDialog({ what: "wrap-up", id: line.id, name: nameOf(line) });
  };
  const handBack = (id: string) => {
    void handling.handBack(id);
    wrapUp([id]);
  };
  const step = (by: 1 | -1) => {
    const inside = document.activeElement?.closest("[data-row]");
    const next = inside || index >= 0 ? Math.max(0, Math.min(lines.length - 1, place + by)) : place;
    moveTo(next);
    list.current?.reveal(next);
  };
  useInboxKeys({
    step,
    act,
    select: () => lines[place] && select(lines[place].id, false),
    togglePanel,
    search: () => field.current?.select(),
    leave: () => (selected.size ? clear() : open(undefined)),
    help: () => setDialog({ what: "help" }),
  }, dialog !== null);

  const close = () => setDialog(null);
  const done = () => {
    close();
    clear();
  };
  return (
    <div className={classes.inbox} data-open={conversationId ? true : undefined} data-panel={panel || undefined}>
      <QueueList current={queue} narrow={conversationId !== undefined} />
      <section className={classes.list} aria-label={placeOf(queue).label}>
        <ListHeader queue={queue} search={search} field={field} />
        {selected.size > 0 && <BulkBar count={selected.size} act={act} clear={clear} />}
        <ConversationList queue={queue} narrowed={narrowed !== "{}"} query={query} openId={conversationId} at={place} moveTo={moveTo} selected={selected} select={select} handle={list} go={open} />
      </section>
      <section className={classes.middle} aria-label="Conversation">
        {conversationId && (!isId || isGone(unopened)) ? (
          <Empty title="There is no such conversation">It may have been erased, or belongs to another workspace.</Empty>
        ) : conversationId ? (
          <>
            <ConversationHeader conversationId={conversationId} me={me.memberId} act={(what) => act(what, [conversationId])} handBack={() => handBack(conversationId)} run={() => void handling.run(conversationId)} back={() => open(undefined)} panel={panel} togglePanel={togglePanel} />
            <Thread key={conversationId} conversationId={conversationId} />
          </>
        ) : (
          <Empty title="No conversation is open">
            Choose one at the left, or go through them with <kbd>j</kbd> and <kbd>k</kbd>. <kbd>?</kbd> shows all shortcuts.
          </Empty>
        )}
      </section>
      {conversationId && panel && opened && (
        <Suspense fallback={<aside className={classes.panel} />}>
          <ContactPanel contactId={opened.contact_id} conversationId={conversationId} close={togglePanel} />
        </Suspense>
      )}
      <Suspense>
        {dialog?.what === "assign" && <AssignDialog ids={dialog.ids} lines={known(dialog.ids)} handling={handling} close={done} />}
        {dialog?.what === "snooze" && <SnoozeDialog ids={dialog.ids} handling={handling} close={done} />}
        {dialog?.what === "tag" && <TagDialog ids={dialog.ids} lines={known(dialog.ids)} handling={handling} close={close} />}
        {dialog?.what === "wrap-up" && <WrapUpDialog id={dialog.id} name={dialog.name} close={close} />}
        {dialog?.what === "help" && <Shortcuts close={close} />}
      </Suspense>
    </div>
  );
}

/** Whether the contact is shown: as was chosen last on a wide screen, only when asked for on a narrow one. */
function usePanel(): [boolean, () => void] {
  const wide = useMediaQuery("(min-width: 1200px)", true, { getInitialValueInEffect: false }) ?? true;
  const [kept, keep] = useLocalStorage({ key: "dynaris-inbox-panel", defaultValue: true, getInitialValueInEffect: false });
  const [over, setOver] = useState(false);
  return wide ? [kept, () => keep(!kept)] : [over, () => setOver(!over)];
}
