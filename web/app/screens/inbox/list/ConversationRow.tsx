import { Bot, Clock, ShieldQuestion, UserRound, Users } from "lucide-react";
import { memo, type MouseEvent } from "react";
import { ChannelMark } from "~/ui/channel";
import { Ago, exactly, fromNow } from "~/ui/time";
import { Face } from "../Face";
import { TagDot } from "../handling/TagDot";
import { type Line, nameOf } from "../queues";
import { SlaMark } from "../SlaMark";
import classes from "./list.module.css";

type Props = {
  line: Line;
  href: string;
  index: number;
  total: number;
  open: boolean;
  current: boolean;
  selected: boolean;
  select: (id: string, range: boolean) => void;
  focus: (index: number) => void;
  go: (id: string) => void;
};

/** One conversation in the list. Plain elements: while one scrolls, several of them are made in each frame. */
export const ConversationRow = memo(function ConversationRow({ line, href, index, total, open, current, selected, select, focus, go }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(line.id);
  };
  const name = nameOf(line);
  return (
    <div role="listitem" aria-setsize={total} aria-posinset={index + 1} className={classes.row} data-open={open || undefined} data-current={current || undefined} data-selected={selected || undefined}>
      <span className={classes.side}>
        <Face name={name} className={classes.face} />
        <input
          type="checkbox"
          className={classes.box}
          checked={selected}
          tabIndex={-1}
          aria-label={`Select the conversation with ${name}`}
          onChange={() => undefined}
          onClick={(event) => select(line.id, event.shiftKey)}
        />
      </span>
      <a
        href={href}
        onClick={follow}
        className={classes.link}
        tabIndex={current ? 0 : -1}
        data-row={index}
        aria-current={open || undefined}
        onFocus={() => focus(index)}
      >
        <span className={classes.top}>
          <span className={classes.name} data-waits={line.awaits_reply || undefined}>
            {name}
          </span>
          <ChannelMark channel={line.channel} size={13} />
          <span className={classes.when}>
            <Ago at={line.last_message_at} />
          </span>
        </span>
        {line.subject && <span className={classes.subject}>{line.subject}</span>}
        <span className={classes.text} data-alone={!line.subject || undefined}>{spoken(line)}</span>
        <span className={classes.foot}>
          {line.sla && line.status !== "closed" && <SlaMark clock={line.sla} className={classes.mark} />}
          <Holder line={line} />
          <Due line={line} />
          {line.pending_approvals > 0 && (
            <span className={classes.mark} data-tone="approval">
              <ShieldQuestion size={12} aria-hidden /> Approval
            </span>
          )}
          {line.tags.map((tag) => (
            <span key={tag.id} className={classes.tag}>
              <TagDot colour={tag.colour} />
              {tag.name}
            </span>
          ))}
        </span>
      </a>
    </div>
  );
});

const SAYS: Record<string, string> = { agent: "AI: ", member: "Team: " };

function spoken({ last_text, last_author }: Line): string {
  return last_text ? `${SAYS[last_author ?? ""] ?? ""}${last_text}` : "No messages yet";
}

function Holder({ line }: { line: Line }) {
  if (line.status === "closed") return <span className={classes.mark}>Closed</span>;
  if (line.status === "snoozed")
    return (
      <span className={classes.mark} title={line.snoozed_until ? exactly(line.snoozed_until) : undefined}>
        <Clock size={12} aria-hidden /> {line.snoozed_until ? `Back ${fromNow(line.snoozed_until)}` : "Until they write"}
      </span>
    );
  const [Icon, who] = line.holder === "agent" ? [Bot, "AI"] : line.holder === "member" ? [UserRound, line.holder_name ?? "A teammate"] : [Users, line.team_name ?? "Unassigned"];
  return (
    <span className={classes.mark}>
      <Icon size={12} aria-hidden /> {who}
    </span>
  );
}

function Due({ line }: { line: Line }) {
  if (!line.due_at || line.sla || line.status !== "open") return null;
  const late = new Date(line.due_at).getTime() < Date.now();
  return (
    <span className={classes.mark} data-tone={late ? "late" : "due"} title={exactly(line.due_at)}>
      <Clock size={12} aria-hidden /> {late ? "Overdue" : `Due ${fromNow(line.due_at)}`}
    </span>
  );
}
