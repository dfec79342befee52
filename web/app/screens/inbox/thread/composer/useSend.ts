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
/** Somebody replied after what the writer saw, or a colleague has the conversation. */
export type Asked = { pending: Pending; newer?: Message; holder?: { id: string; name: string } };

type Options = {
  conversationId: string;
  me: string | undefined;
  newest: () => Message | undefined;
  renew: () => Promise<void>;
  sent: () => void;
  restore: (writing: Writing) => void;
};

export function useSend({ conversationId, me, newest, renew, sent, restore }: Options) {
  const [pending, setPending] = useState<Pending[]>([]);
  const [asked, setAsked] = useState<Asked | null>(null);

  const post = useCallback(
    async (message: Pending, seen: string | undefined, holder: string | undefined) => {
      setPending((all) => [...all.filter(({ id }) => id !== message.id), message]);
      const { text, note, files, id } = message;
      try {
        const { data } = await client.POST("/api/conversations/{conversation_id}/messages", {
          params: { path: { conversation_id: conversationId } },
          body: { text, note, message_id: id, seen: note ? null : (seen ?? null), expected_holder: note ? null : (holder ?? null), attachments: files.map((file) => file.id) },
        });
        sent();
        if (data?.warning) notifications.show({ title: "Sent all the same", message: data.warning, color: "yellow", autoClose: 10_000 });
        await renew();
      } catch (error) {
        const { newer, holder: other } = error instanceof Problem && error.status === 409 ? (error.more as Omit<Asked, "pending">) : {};
        if (newer || other) {
          setAsked({ pending: message, newer, holder: other });
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
      return post({ ...writing, id: uuid(), at: new Date().toISOString() }, newest()?.id, me);
    },
    [me, newest, post],
  );
  /** What is in the composer by now, knowing the other reply, or who has it. */
  const sendAllTheSame = useCallback(
    (writing: Writing) => {
      if (!asked) return Promise.resolve();
      setAsked(null);
      const { pending, newer, holder } = asked;
      const taken = holder?.id ?? (newer?.author === "member" ? newer.author_id : null) ?? me;
      return post({ ...pending, ...writing }, newer?.id ?? newest()?.id, taken);
    },
    [asked, me, newest, post],
  );
  return { pending, asked, send, sendAllTheSame, dismiss: () => setAsked(null) };
}
