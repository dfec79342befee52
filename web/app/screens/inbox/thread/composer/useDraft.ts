/** What is being written here, kept on the server while it is typed: over a reload, and on another device. */
import { useCallback, useEffect, useRef, useState } from "react";
import { client, Problem, type Schemas } from "~/api";

export type Upload = Schemas["Upload"];
export type Writing = { text: string; note: boolean; files: Upload[] };
/** A function where it builds on what is there: several may come before the screen is drawn again. */
type Change = Partial<Writing> | ((now: Writing) => Partial<Writing>);
type Kept = Schemas["Draft"];

const SAVE_MS = 400;
const NOTHING: Writing = { text: "", note: false, files: [] };

/** `elsewhere`: another tab's version, where it was faster; the writer chooses. */
export function useDraft(conversationId: string) {
  const [writing, setWriting] = useState<Writing>(NOTHING);
  const [elsewhere, setElsewhere] = useState<Kept | null>(null);
  const now = useRef(writing);
  const version = useRef(0);
  const dirty = useRef(false);
  const loaded = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const saving = useRef<Promise<void>>(Promise.resolve());

  const show = useCallback((next: Writing) => {
    now.current = next;
    setWriting(next);
  }, []);

  const put = useCallback(
    async (keepalive: boolean) => {
      const { text, note, files } = now.current;
      dirty.current = false;
      const path = { conversation_id: conversationId };
      try {
        if (isEmpty(now.current)) {
          if (version.current) await client.DELETE("/api/conversations/{conversation_id}/draft", { params: { path }, keepalive });
          version.current = 0;
        } else {
          const body = { text, note, attachments: files.map(({ id }) => id), version: version.current };
          const { data } = await client.PUT("/api/conversations/{conversation_id}/draft", { params: { path }, body, keepalive });
          version.current = data!.version;
        }
      } catch (error) {
        const kept = error instanceof Problem && error.status === 409 ? (error.more.draft as Kept) : undefined;
        if (!kept) dirty.current = true; // tried again with the next letter
        else if (kept.version === 0) version.current = 0; // sent or dropped in another tab: what is written here is new
        else setElsewhere(kept);
      }
    },
    [conversationId],
  );
  /** One after the other: each names the version that it follows. */
  const save = useCallback(
    (keepalive = false) => {
      clearTimeout(timer.current);
      if (dirty.current && loaded.current) saving.current = saving.current.then(() => put(keepalive));
      return saving.current;
    },
    [put],
  );

  useEffect(() => {
    let gone = false;
    const path = { conversation_id: conversationId };
    client.GET("/api/conversations/{conversation_id}/draft", { params: { path } }).then(
      ({ data }) => {
        if (gone) return;
        version.current = data!.version;
        const kept = shown(data!);
        const { text, note, files } = now.current; // what was typed before it came
        show(dirty.current ? { text: [kept.text, text].filter(Boolean).join("\n"), note, files: [...kept.files, ...files] } : kept);
        loaded.current = true;
        if (dirty.current) void save();
      },
      () => void (loaded.current = true), // writing works without; the next save says what is wrong
    );
    return () => {
      gone = true;
    };
  }, [conversationId, save, show]);

  const write = useCallback(
    (change: Change) => {
      show({ ...now.current, ...(typeof change === "function" ? change(now.current) : change) });
      dirty.current = true;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void save(), SAVE_MS);
    },
    [save, show],
  );
  /** Takes it out, to be sent: the server drops the draft with the sending. */
  const take = useCallback(async () => {
    clearTimeout(timer.current);
    dirty.current = false;
    const taken = now.current;
    show({ ...NOTHING, note: taken.note });
    await saving.current;
    return taken;
  }, [show]);
  /** The server dropped the draft; what was begun meanwhile is a new one. */
  const sent = useCallback(() => {
    version.current = 0;
    dirty.current = !isEmpty(now.current);
    void save();
  }, [save]);
  const settle = useCallback((theirs: boolean) => {
    setElsewhere((kept) => {
      if (!kept) return null;
      version.current = kept.version;
      if (theirs) show(shown(kept));
      else {
        dirty.current = true;
        void save();
      }
      return null;
    });
  }, [save, show]);

  useEffect(() => {
    const flush = () => void save(true);
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      flush();
    };
  }, [save]);
  return { writing, write, take, sent, elsewhere, settle };
}

function shown({ text, note, attachments }: Kept): Writing {
  return { text, note, files: attachments };
}

export function isEmpty({ text, files }: Writing): boolean {
  return !text.trim() && files.length === 0;
}
