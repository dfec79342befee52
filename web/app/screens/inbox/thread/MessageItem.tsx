/** One message: who wrote it and when, what it says, what came with it, how far it came. */
import { Anchor, Badge, Collapse, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Bot, StickyNote } from "lucide-react";
import { memo } from "react";
import type { Schemas } from "~/api";
import { exactly } from "~/ui/time";
import { DeliveryState } from "./DeliveryState";
import { Files } from "./Files";
import { MailFrame } from "./MailFrame";
import { Reaction } from "./Reaction";
import classes from "./thread.module.css";
import type { Message } from "./useMessages";
import { Why } from "./Why";
import { Words } from "./Words";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const ONLY_NAMES_FILES = /^\[(\d+ attachments?|image|video|audio|voice message|document|sticker): .*\]$/s;

/** `contact`: what the contact is called where no name is known; `subject`: of the conversation; `reactions`: its channel has them. */
type Props = { message: Message; goesOn: boolean; beginsCall?: boolean; contact: string; subject: string | null | undefined; reactions: boolean };

export const MessageItem = memo(function MessageItem({ message, goesOn, beginsCall, contact, subject, reactions }: Props) {
  const author = message.author === "contact" && !message.author_name ? contact : whoWrote(message);
  const side = message.direction === "inbound" ? "theirs" : "ours";
  const textNamesFiles = message.attachments.length > 0 && ONLY_NAMES_FILES.test(message.text.trim());
  const changedSubject = message.subject && bare(message.subject) !== bare(subject) ? message.subject : null;
  return (
    <article className={classes.message} data-side={side} data-kind={kindOf(message)} data-goes-on={goesOn || undefined} aria-label={`${author}, ${exactly(message.created_at)}`}>
      {!goesOn && (
        <header className={classes.by}>
          {message.author === "agent" && <Bot size={14} aria-hidden />}
          <Text size="xs" fw={600} span truncate>{author}</Text>
          {message.direction === "note" && <Badge variant="transparent" color="yellow" leftSection={<StickyNote size={12} aria-hidden />} className={classes.noteMark}>Note</Badge>}
          <Tooltip label={exactly(message.created_at)}>
            <Text size="xs" c="dimmed" span component="time" dateTime={message.created_at}>{clock.format(new Date(message.created_at))}</Text>
          </Tooltip>
        </header>
      )}
      <div className={classes.bubble}>
        {changedSubject && <Text size="sm" fw={600} className={classes.words}>{changedSubject}</Text>}
        {message.quotes && <Text size="xs" c="dimmed" lineClamp={2} className={classes.answers}>{message.quotes}</Text>}
        {message.taken_back && <Text size="xs" c="dimmed" fs="italic">Deleted by the contact</Text>}
        {message.html ? <MailFrame message={message} /> : !textNamesFiles && <Words text={message.text} />}
        {!message.html && message.quoted && <Quoted text={message.quoted} />}
        <Files files={message.attachments} inMail={message.html !== null} />
        <Citations citations={message.citations ?? []} edited={message.approved?.edited ?? false} />
        <footer className={classes.under}>
          {message.author === "agent" && message.run_id && <Why runId={message.run_id} />}
          {message.approved && <Text size="xs" c="dimmed" span>{message.approved.edited ? "Edited and sent" : "Approved"} by {message.approved.by}</Text>}
          {message.transcribed_by && <Tooltip label={`Written down by ${message.transcribed_by}`}><Text size="xs" c="dimmed" span>Spoken</Text></Tooltip>}
          {message.not_transcribed && <Text size="xs" c="dimmed" span>Not written down: {message.not_transcribed}</Text>}
          {beginsCall && <Link to={`/calls/${message.call_id}` as "/"} className={classes.why}>The whole call</Link>}
          {message.interrupted && <Text size="xs" c="dimmed" span>Interrupted here</Text>}
          {message.edited && <Text size="xs" c="dimmed" span>Edited</Text>}
          {message.template && <Text size="xs" c="dimmed" span>Template {message.template.replaceAll("_", " ")}</Text>}
          {message.reaction && <Badge variant="light" color="gray" size="sm" tt="none" aria-label={`The contact reacted with ${message.reaction}`}>{message.reaction}</Badge>}
          {reactions && message.direction === "inbound" && !message.taken_back && <Reaction message={message} />}
          {message.direction === "outbound" && <DeliveryState message={message} />}
        </footer>
      </div>
    </article>
  );
});

export function whoWrote(message: Message): string {
  if (message.author_name) return message.author_name;
  return { agent: "AI agent", system: "Dynaris", member: "A teammate", contact: "The contact" }[message.author];
}

function kindOf(message: Message): string {
  if (message.direction === "note") return "note";
  return message.author === "contact" ? "contact" : message.author;
}

function bare(subject: string | null | undefined): string {
  return (subject ?? "").replace(/^((re|aw|fwd?|wg|sv|rv)\s*:\s*)+/i, "").trim().toLowerCase();
}

function Quoted({ text }: { text: string }) {
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <div>
      <UnstyledButton className={classes.why} onClick={toggle} aria-expanded={opened}>
        {opened ? "Hide quoted text" : "Quoted text"}
      </UnstyledButton>
      <Collapse expanded={opened}>
        <div className={classes.quoted}>
          <Words text={text} />
        </div>
      </Collapse>
    </div>
  );
}

/** `edited`: a person changed the words, and what they rest on now nobody but that person knows. */
function Citations({ citations, edited }: { citations: Schemas["Citation"][]; edited: boolean }) {
  if (!citations.length) return null;
  return (
    <>
      {edited && <Text size="xs" c="dimmed" mt={6}>The AI's draft rested on</Text>}
      <ol className={classes.citations} aria-label={edited ? "The draft rested on" : "Rests on"}>
      {citations.map((one, index) => (
        <li key={one.passage_id}>
          <Text size="xs" span c="dimmed">
            {index + 1}. {one.link && /^https?:/.test(one.link) ? <Anchor href={one.link} target="_blank" rel="noreferrer noopener" size="xs">{one.title}</Anchor> : one.title}
            {one.heading && one.heading !== one.title && ` › ${one.heading}`}
            {one.page && `, p. ${one.page}`}
          </Text>
        </li>
      ))}
      </ol>
    </>
  );
}
