/** Where a teammate writes: a reply or a note, with files, canned replies and an agent's draft. */
import { ActionIcon, Button, Kbd, SegmentedControl, Text, Textarea, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { FileText, Paperclip, Send, Sparkles } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Schemas } from "~/api";
import { useMe } from "~/session";
import { fromNow } from "~/ui/time";
import { ByTemplate } from "./ByTemplate";
import { CannedMenu, slashWord, useCanned } from "./CannedMenu";
import { OnTheLine } from "./OnTheLine";
import classes from "./composer.module.css";
import { FileChips } from "./FileChips";
import { DraftElsewhere, Overtaken } from "./Notices";
import { SuggestionBar, useSuggestion } from "./Suggestion";
import { isEmpty, type useDraft } from "./useDraft";
import type { useSend } from "./useSend";
import type { useUploads } from "./useUploads";
import { useWindow } from "./useWindow";

type Props = {
  conversationId: string;
  draft: ReturnType<typeof useDraft>;
  sending: ReturnType<typeof useSend>;
  uploads: ReturnType<typeof useUploads>;
  types: (note: boolean) => void;
  /** Where a reply goes: the address, and the subject where there is one. */
  to: string | null;
  conversation: Schemas["Conversation"] | undefined;
  renew: () => Promise<unknown>;
};

export function Composer({ conversationId, draft, sending, uploads, types, to, conversation, renew }: Props) {
  const window = useWindow(conversation);
  const { writing, write } = draft;
  const field = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(0);
  const suggestion = useSuggestion(conversationId, { write, text: writing.text, focus: () => field.current?.focus() });
  const { data: me } = useMe();
  const isMine = conversation?.holder === "member" && conversation.holder_id === me?.member?.id;
  const occasion = isMine && conversation.respond_by && !window.isClosed ? `${conversationId} ${conversation.respond_by}` : null;
  const { offerOnce } = suggestion;
  useEffect(() => {
    if (occasion) offerOnce(occasion);
  }); // once for each, however often
  const [browsing, setBrowsing] = useState(false);
  const [shut, setShut] = useState(""); // the "/word" that somebody closed the menu for
  const word = slashWord(writing.text, caret);
  const canned = useCanned(conversationId, word?.text ?? "", word !== null || browsing);
  const listed = (word !== null && word.text !== shut) || browsing;

  useFocusKeys(field, (note) => write({ note }));
  const busy = uploads.uploading.length > 0;
  const ready = !isEmpty(writing) && !busy;

  const send = () => {
    if (!ready) return;
    suggestion.clear();
    void draft.take().then(sending.send);
  };
  const insert = (text: string) => {
    const start = word ? word.start : caret;
    const before = writing.text.slice(0, start);
    const after = writing.text.slice(caret);
    write({ text: before + text + after });
    setBrowsing(false);
    const open = /\{\{[^}]*\}\}/.exec(text);
    const [from, until] = open ? [start + open.index, start + open.index + open[0].length] : [start + text.length, start + text.length];
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(from, until);
      setCaret(until);
    });
  };
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (listed && canned.pressed(event, insert)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (!listed) field.current?.blur();
      setBrowsing(false);
      setShut(word?.text ?? "");
    }
  };
  const pasted = (event: ClipboardEvent) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    uploads.upload(event.clipboardData.files);
  };
  const changed = (text: string, at: number) => {
    setCaret(at);
    setShut("");
    write({ text });
    types(writing.note);
  };

  return (
    <section className={classes.composer} data-note={writing.note || undefined} aria-label="Composer">
      {sending.asked && <Overtaken {...sending.asked} discard={() => { sending.dismiss(); write({ text: "", files: [] }); }} keep={sending.dismiss} send={() => void draft.take().then(sending.sendAllTheSame)} />}
      {draft.elsewhere && <DraftElsewhere kept={draft.elsewhere} settle={draft.settle} />}
      {conversation?.respond_by && conversation.holder !== "agent" && conversation.summary && (
        <Text size="xs" c="dimmed" lineClamp={3} className={classes.summary} title={conversation.summary}>
          <b>In short:</b> {conversation.summary}
        </Text>
      )}
      <SuggestionBar suggestion={suggestion} />
      <div className={classes.head}>
        <SegmentedControl size="xs" flex="none" transitionDuration={0} aria-label="What you write" value={writing.note ? "note" : "reply"} onChange={(value) => { write({ note: value === "note" }); field.current?.focus(); }} data={[{ value: "reply", label: "Reply" }, { value: "note", label: "Note" }]} />
        <Text size="xs" c="dimmed" truncate miw={0}>{writing.note ? "Only your team sees it" : to}</Text>
        {!writing.note && window.closesAt && <WindowState closesAt={window.closesAt} isSoon={window.isSoon} />}
      </div>
      {conversation?.spoken && !writing.note ? (
        <Text size="sm" c="dimmed" className={classes.template}>
          A call is not written to. <Link to="/contacts/$contactId" params={{ contactId: conversation.contact_id }}>Write to the contact</Link> on another channel, or leave a note for your team.
          <OnTheLine conversationId={conversationId} />
        </Text>
      ) : window.isClosed && !writing.note && conversation ? (
        <div className={classes.template}>
          <ByTemplate conversationId={conversationId} contactId={conversation.contact_id} accountId={conversation.account_id} wrote={conversation.window_closes_at !== null} sent={() => void renew()} />
        </div>
      ) : (
        <>
      <div className={classes.writing}>
        {listed && <CannedMenu canned={canned} insert={insert} browsing={browsing} close={() => { setBrowsing(false); setShut(word?.text ?? ""); field.current?.focus(); }} />}
        <Textarea
          ref={field}
          variant="unstyled"
          aria-label={writing.note ? "Note" : "Reply"}
          placeholder={writing.note ? "A note for your team…" : "Write a reply, or / for a canned one…"}
          value={writing.text}
          autosize
          minRows={2}
          maxRows={14}
          onChange={(event) => changed(event.currentTarget.value, event.currentTarget.selectionStart)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={pressed}
          onPaste={pasted}
        />
      </div>
      <FileChips files={writing.files} uploading={uploads.uploading} change={(files) => write({ files })} />
      <div className={classes.foot}>
        <input ref={chooser} type="file" multiple hidden aria-label="Files to attach" onChange={(event) => { uploads.upload(event.currentTarget.files ?? []); event.currentTarget.value = ""; }} />
        <Tool label="Attach files" onClick={() => chooser.current?.click()}><Paperclip size={16} /></Tool>
        <Tool label="Canned replies" onClick={() => setBrowsing(!browsing)}><FileText size={16} /></Tool>
        {!writing.note && (
          <Button variant="subtle" size="compact-xs" leftSection={<Sparkles size={14} aria-hidden />} loading={suggestion.isPending} onClick={suggestion.ask}>
            AI draft
          </Button>
        )}
        <Tooltip label={<>Ctrl <Kbd size="xs">Enter</Kbd></>}>
          <Button ml="auto" size="compact-sm" disabled={!ready} onClick={send} color={writing.note ? "yellow" : undefined} leftSection={<Send size={14} aria-hidden />}>
            {writing.note ? "Add note" : "Send"}
          </Button>
        </Tooltip>
      </div>
        </>
      )}
    </section>
  );
}

function WindowState({ closesAt, isSoon }: { closesAt: string; isSoon: boolean }) {
  return (
    <Text size="xs" ml="auto" flex="none" c={isSoon ? "orange" : "dimmed"} fw={isSoon ? 600 : undefined} title="Later only an approved template may leave">
      Window closes {fromNow(closesAt)}
    </Text>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** "r" begins a reply, "n" a note, from anywhere on the screen. */
function useFocusKeys(field: React.RefObject<HTMLTextAreaElement | null>, begin: (note: boolean) => void): void {
  const current = useRef(begin);
  useEffect(() => {
    current.current = begin;
  });
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (!["r", "n"].includes(event.key) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.matches("input, textarea, select, [contenteditable]") || document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      current.current(event.key === "n");
      field.current?.focus();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [field]);
}
