/** One conversation: its messages with what happened between them, who is here, and the composer. */
import { Text } from "@mantine/core";
import { Upload } from "lucide-react";
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "~/api";
import { useSeen } from "~/screens/notifications/useSeen";
import { useMe } from "~/session";
import { Empty, Failed, Lines } from "~/ui/states";
import type { Deciding } from "./ApprovalCard";
import { nameOf } from "../queues";
import { Composer } from "./composer/Composer";
import { useDraft, type Writing } from "./composer/useDraft";
import { useSend } from "./composer/useSend";
import { useUploads } from "./composer/useUploads";
import { type Approval, itemsOf } from "./items";
import { MessageList } from "./MessageList";
import { PendingMessage } from "./PendingMessage";
import { PresenceBar } from "./PresenceBar";
import classes from "./thread.module.css";
import { useMessages } from "./useMessages";
import { usePresence } from "./usePresence";

export function Thread({ conversationId }: { conversationId: string }) {
  const thread = useMessages(conversationId);
  const { messages, renew } = thread;
  const me = useMe().data?.member?.id;
  const path = { conversation_id: conversationId };
  useSeen(`conversation:${conversationId}`);
  const { data: conversation } = api.useQuery("get", "/api/conversations/{conversation_id}", { params: { path } });
  const { data: activity } = api.useQuery("get", "/api/conversations/{conversation_id}/activity", { params: { path } });
  const { data: approvals } = api.useQuery("get", "/api/approvals", { params: { query: { conversation_id: conversationId, status: "pending" } } });
  const presence = usePresence(conversationId, messages.findLast(({ direction }) => direction === "inbound")?.id);

  const draft = useDraft(conversationId);
  const { write } = draft;
  const addFile = useCallback((file: Writing["files"][number]) => write(({ files }) => ({ files: [...files, file] })), [write]);
  const uploads = useUploads(conversationId, addFile);
  /** What could not leave stands before what was begun since. */
  const restore = useCallback((back: Writing) => write(({ text, files }) => ({ ...back, text: [back.text, text].filter(Boolean).join("\n\n"), files: [...back.files, ...files] })), [write]);
  const shown = useRef(messages);
  useEffect(() => {
    shown.current = messages;
  });
  const newest = useCallback(() => shown.current.at(-1), []);
  const sending = useSend({ conversationId, me, newest, renew, sent: draft.sent, restore });

  const [worked, setWorked] = useState<Approval[]>([]);
  const items = useMemo(() => {
    const pending = approvals?.items ?? [];
    const overtaken = worked.filter((one) => !pending.some(({ id }) => id === one.id));
    return itemsOf({ messages, lines: activity?.items ?? [], approvals: [...pending, ...overtaken], complete: !thread.hasNextPage });
  }, [messages, activity, approvals, worked, thread.hasNextPage]);
  const deciding: Deciding = {
    pending: approvals?.items,
    work: (approval, on) => setWorked((all) => [...all.filter(({ id }) => id !== approval.id), ...(on ? [approval] : [])]),
    keep: (mine) => write(({ text }) => ({ text: [text, mine].filter(Boolean).join("\n\n") })),
  };
  const [over, drop] = useDrop(uploads.upload);
  const contact = conversation ? nameOf(conversation) : "The contact";

  if (thread.isPending) return <Lines count={5} height={56} />;
  if (thread.isError) return <Failed error={thread.error} retry={() => void thread.refetch()} />;
  return (
    <div className={classes.thread} {...drop}>
      <MessageList items={items} deciding={deciding} contact={contact} subject={conversation?.subject} reactions={conversation?.reactions ?? false} more={thread.hasNextPage} loading={thread.isFetchingNextPage} loadMore={() => void thread.fetchNextPage()}>
        {items.length === 0 && <Empty title="No messages yet" />}
        {sending.pending.map((message) => (
          <PendingMessage key={message.id} message={message} />
        ))}
      </MessageList>
      <PresenceBar others={presence.others} typing={presence.typing} contactTypes={presence.contactTypes} contact={contact} />
      <Composer conversationId={conversationId} draft={draft} sending={sending} uploads={uploads} types={presence.types} to={conversation ? whereTo(conversation) : null} conversation={conversation} renew={renew} />
      {over && (
        <div className={classes.drop} aria-hidden>
          <Upload size={22} />
          <Text fw={600}>Drop files to attach them</Text>
        </div>
      )}
    </div>
  );
}

/** An address that people know is shown; a chat's session is not one. */
function whereTo({ reply_to, subject }: { reply_to: string; subject: string | null }): string {
  const to = reply_to.includes("@") || reply_to.startsWith("+") ? `To ${reply_to}` : "To the contact";
  return subject ? `${to} · Re: ${subject}` : to;
}

function useDrop(upload: (files: Iterable<File>) => void) {
  const [over, setOver] = useState(0); // how many elements deep
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const handlers = {
    onDragEnter: (event: DragEvent) => hasFiles(event) && setOver((depth) => depth + 1),
    onDragLeave: (event: DragEvent) => hasFiles(event) && setOver((depth) => Math.max(depth - 1, 0)),
    onDragOver: (event: DragEvent) => hasFiles(event) && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(0);
      upload(event.dataTransfer.files);
    },
  };
  return [over > 0, handlers] as const;
}
