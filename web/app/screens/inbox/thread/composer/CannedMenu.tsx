/** Canned replies, found by what is typed after "/", or looked through. */
import { Button, Group, Loader, Text, UnstyledButton } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Settings2 } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { api, type Schemas } from "~/api";
import classes from "./composer.module.css";

const CannedDialog = lazy(() => import("./CannedDialog"));

type Reply = Schemas["CannedReply"];

/** The "/word" that the caret stands behind, at the beginning or after a space. */
export function slashWord(text: string, caret: number): { start: number; text: string } | null {
  const found = /(^|\s)\/([\w-]{0,40})$/.exec(text.slice(0, caret));
  return found ? { start: caret - found[2]!.length - 1, text: found[2]! } : null;
}

export function useCanned(conversationId: string, words: string, wanted: boolean) {
  const { data, isPending } = api.useQuery("get", "/api/canned-replies", { params: { query: { q: words, conversation_id: conversationId, limit: 50 } } }, { enabled: wanted, placeholderData: keepPreviousData });
  const replies = data?.items ?? [];
  const [at, setAt] = useState(0);
  const place = Math.min(at, Math.max(replies.length - 1, 0));
  /** Whether the key was the menu's. */
  const pressed = (event: KeyboardEvent, insert: (text: string) => void): boolean => {
    const chosen = replies[place];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") setAt((place + (event.key === "ArrowDown" ? 1 : -1) + replies.length) % Math.max(replies.length, 1));
    else if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.ctrlKey && !event.metaKey) insert(textOf(chosen));
    else return false;
    event.preventDefault();
    return true;
  };
  return { replies, isPending, place, pressed, words };
}

export function textOf(reply: Reply): string {
  return reply.filled ?? reply.text;
}

type Props = { canned: ReturnType<typeof useCanned>; insert: (text: string) => void; browsing: boolean; close: () => void };

export function CannedMenu({ canned, insert, browsing, close }: Props) {
  const [managing, setManaging] = useState(false);
  return (
    <div className={classes.menu}>
      <Group justify="space-between" px="xs" py={4}>
        <Text size="xs" fw={600}>Canned replies{canned.words && ` for “${canned.words}”`}</Text>
        <Group gap={4}>
          <Button variant="subtle" color="gray" size="compact-xs" leftSection={<Settings2 size={12} aria-hidden />} onClick={() => setManaging(true)}>Manage</Button>
          {browsing && <Button variant="subtle" color="gray" size="compact-xs" onClick={close}>Close</Button>}
        </Group>
      </Group>
      <div role="listbox" aria-label="Canned replies" className={classes.options}>
        {canned.replies.map((reply, index) => (
          <UnstyledButton key={reply.id} role="option" aria-selected={index === canned.place} className={classes.option} data-chosen={index === canned.place || undefined} onMouseDown={(event) => event.preventDefault()} onClick={() => insert(textOf(reply))}>
            <Text size="sm" span fw={500}>{reply.title}</Text>
            <Text size="xs" span c="dimmed">/{reply.shortcut}{reply.language && ` · ${reply.language}`}</Text>
            <Text size="xs" c="dimmed" truncate>{textOf(reply)}</Text>
          </UnstyledButton>
        ))}
      </div>
      {canned.isPending && <Loader size="xs" m="xs" />}
      {!canned.isPending && canned.replies.length === 0 && <Text size="sm" c="dimmed" p="xs">{canned.words ? "None fits." : "None yet: texts that you send often can be kept here."}</Text>}
      <Suspense>{managing && <CannedDialog close={() => setManaging(false)} />}</Suspense>
    </div>
  );
}
