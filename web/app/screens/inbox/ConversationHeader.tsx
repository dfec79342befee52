/** Who a conversation is with, whose it is, and what can be done with it as a whole. */
import { ActionIcon, Button, Group, Skeleton, Text, Tooltip } from "@mantine/core";
import { Archive, ArchiveRestore, ArrowLeft, Bot, Clock, Hand, PanelRight, ShieldAlert, ShieldCheck, Tag, UserPlus } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { api } from "~/api";
import { ChannelIcon } from "~/ui/channel";
import { Ago, exactly, fromNow } from "~/ui/time";
import classes from "./inbox.module.css";
import { TagDot } from "./handling/TagDot";
import type { Doing } from "./keys";
import { type Line, nameOf } from "./queues";
import { SlaMark } from "./SlaMark";
import { useFocusKey } from "./useFocusKey";

type Props = { conversationId: string; me: string | undefined; act: (what: Doing) => void; handBack: () => void; run: () => void; back: () => void; togglePanel: () => void; panel: boolean };

/** Of none, nothing. */
export function useConversation(conversationId: string | undefined) {
  return api.useQuery("get", "/api/conversations/{conversation_id}", { params: { path: { conversation_id: conversationId ?? "" } } }, { enabled: conversationId !== undefined });
}

export function ConversationHeader({ conversationId, me, act, handBack, run, back, togglePanel, panel }: Props) {
  const { data: line } = useConversation(conversationId);
  return (
    <header className={classes.header}>
      <ActionIcon className={classes.back} variant="subtle" color="gray" aria-label="Back to the list" onClick={back}>
        <ArrowLeft size={18} />
      </ActionIcon>
      {line ? <Title line={line} /> : <Skeleton height={34} maw={240} />}
      <Group gap={4} wrap="nowrap" ml="auto">
        {line && line.status !== "closed" && line.to_run > 0 && (
          <LetAnswer run={run} />
        )}
        {line && <Whose line={line} me={me} claim={() => act("claim")} handBack={handBack} />}
        {line && (
          <>
            <Action label="Assign (a)" icon={<UserPlus size={16} />} onClick={() => act("assign")} />
            <Action label="Tags (t)" icon={<Tag size={16} />} onClick={() => act("tag")} />
            {line.status !== "closed" && <Action label="Snooze (s)" icon={<Clock size={16} />} onClick={() => act("snooze")} />}
            <Action label={line.status === "open" ? "Close (e)" : "Open again (e)"} icon={line.status === "open" ? <Archive size={16} /> : <ArchiveRestore size={16} />} onClick={() => act("close")} />
          </>
        )}
        <Action label={panel ? "Hide the contact (p)" : "Show the contact (p)"} icon={<PanelRight size={16} />} pressed={panel} onClick={togglePanel} />
      </Group>
    </header>
  );
}

function Action({ label, icon, pressed, onClick }: { label: string; icon: ReactNode; pressed?: boolean; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} aria-pressed={pressed} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

const PROOF = {
  verified: { icon: ShieldCheck, text: "Proved who they are" },
  claimed: null,
  failed: { icon: ShieldAlert, text: "The proof of who they are failed: be careful" },
} as const;

function Title({ line }: { line: Line }) {
  const proof = PROOF[line.identity];
  return (
    <div className={classes.title}>
      <Group gap={6} wrap="nowrap">
        <Text component="h2" fw={600} truncate m={0} fz="md">
          {nameOf(line)}
        </Text>
        <ChannelIcon channel={line.channel} />
        {proof && (
          <Tooltip label={proof.text}>
            <proof.icon size={15} role="img" aria-label={proof.text} color={line.identity === "failed" ? "var(--mantine-color-red-6)" : "var(--mantine-color-teal-6)"} />
          </Tooltip>
        )}
        {line.tags.map((tag) => (
          <span key={tag.id} className={classes.tag}>
            <TagDot colour={tag.colour} />
            {tag.name}
          </span>
        ))}
      </Group>
      <Text size="xs" c="dimmed" truncate>
        {line.sla && line.status !== "closed" && (
          <>
            <SlaMark clock={line.sla} className={classes.clock} /> ·{" "}
          </>
        )}
        <State line={line} />
        {line.subject && ` · ${line.subject}`}
      </Text>
    </div>
  );
}

function LetAnswer({ run }: { run: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useFocusKey(button);
  return (
    <Tooltip label="The AI answers, and asks you before it sends (y)">
      <Button ref={button} variant="default" leftSection={<Bot size={14} aria-hidden />} onClick={run}>
        Let the AI answer
      </Button>
    </Tooltip>
  );
}

const BECAUSE: Record<string, string> = {
  asked_for_person: "asked for a person",
  low_confidence: "the AI was not sure",
  policy: "not the AI's to decide",
  failure: "the AI failed",
  vip: "answered by people first",
  mapping: "a team answers here",
  no_agent: "no agent answers here",
  rejected: "drafts were rejected",
  undecided: "nobody decided in time",
};

function State({ line }: { line: Line }) {
  if (line.status === "closed") return <>Closed{line.disposition && `: ${line.disposition}`}</>;
  if (line.status === "snoozed") return <>{line.snoozed_until ? <span title={exactly(line.snoozed_until)}>Snoozed, back {fromNow(line.snoozed_until)}</span> : "Snoozed until they write"}</>;
  if (line.holder === "agent") return <>{line.to_run ? "Manual Mode: waits for somebody" : "The AI answers"}</>;
  if (line.holder === "team") return <>{line.team_name ? `Team ${line.team_name}` : "Nobody has taken it yet"}{line.handed_off_for && ` · ${BECAUSE[line.handed_off_for] ?? line.handed_off_for}`}</>;
  const over = line.hold_until !== null && new Date(line.hold_until).getTime() < Date.now();
  return (
    <>
      {line.holder_name ?? "A teammate"} {over ? "had it; the AI answers again" : "answers"}
      {!over && line.hold_until && (
        <span title={`Then the AI answers again: ${exactly(line.hold_until)}`}>
          {" "}· AI <Ago at={line.hold_until} />
        </span>
      )}
    </>
  );
}

function Whose({ line, me, claim, handBack }: { line: Line; me: string | undefined; claim: () => void; handBack: () => void }) {
  if (line.status === "closed") return null;
  const over = line.hold_until !== null && new Date(line.hold_until).getTime() < Date.now();
  if (line.holder === "member" && !over) {
    if (line.holder_id !== me) return null;
    return (
      <Tooltip label="The AI answers here again, beginning with what waits">
        <Button variant="default" leftSection={<Bot size={14} aria-hidden />} onClick={handBack}>
          Hand back
        </Button>
      </Tooltip>
    );
  }
  return (
    <Tooltip label="You answer instead of the AI (c)">
      <Button leftSection={<Hand size={14} aria-hidden />} onClick={claim}>
        Claim
      </Button>
    </Tooltip>
  );
}
