/** Sending: shown at once as on its way; what does not leave comes back into the composer. */
import { useCallback, useState } from "react";
import { client, Problem } from "~/api";
import { complain } from "~/ui/act";
import { notifications } from "@mantine/notifications";
import type { Message } from "../useMessages";
import type { Writing } from "./useDraft";
import { uuid } from "./uuid";

/** `id`: the writer's own, so that a second try of the same is no second message. */
export type Pending = Writing & { id: string; at: string };
/** Somebody replied after what the writer saw. */
export type Asked = { pending: Pending; newer: Message };

type Options = {
  conversationId: string;
  newest: () => Message | undefined;
  renew: () => Promise<void>;
  sent: () => void;
  restore: (writing: Writing) => void;
};

export function useSend({ conversationId, newest, renew, sent, restore }: Options) {
  const [pending, setPending] = useState<Pending[]>([]);
  const [asked, setAsked] = useState<Asked | null>(null);

  const post = useCallback(
    async (message: Pending, seen: string | undefined) => {
      setPending((all) => [...all.filter(({ id }) => id !== message.id), message]);
      const { text, note, files, id } = message;
      try {
        const { data } = await client.POST("/api/conversations/{conversation_id}/messages", {
          params: { path: { conversation_id: conversationId } },
          body: { text, note, message_id: id, seen: note ? null : (seen ?? null), attachments: files.map((file) => file.id) },
        });
        sent();
        if (data?.warning) notifications.show({ title: "Sent all the same", message: data.warning, color: "yellow", autoClose: 10_000 });
        await renew();
      } catch (error) {
        const newer = error instanceof Problem && error.status === 409 ? (error.more.newer as Message | undefined) : undefined;
        if (newer) {
          setAsked({ pending: message, newer });
          await renew();
        } else complain(error, note ? "The note was not kept" : "The reply was not sent");
        restore({ text, note, files });
      } finally {
        setPending((all) => all.filter((each) => each.id !== id));
      }
    },
    [conversationId, renew, restore, sent],
  );

  const send = useCallback(
    (writing: Writing) => {
      setAsked(null);
      return post({ ...writing, id: uuid(), at: new Date().toISOString() }, newest()?.id);
    },
    [newest, post],
  );
  /** What is in the composer by now, knowing the other reply. */
  const sendAllTheSame = useCallback(
    (writing: Writing) => {
      if (!asked) return Promise.resolve();
      setAsked(null);
      return post({ ...asked.pending, ...writing }, asked.newer.id);
    },
    [asked, post],
  );
  return { pending, asked, send, sendAllTheSame, dismiss: () => setAsked(null) };
}
