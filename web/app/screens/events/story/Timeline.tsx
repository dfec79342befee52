import { Code, Collapse, Stack, Text, UnstyledButton } from "@mantine/core";
import {
  ArrowDownToLine, Bot, ChevronRight, CircleAlert, CircleCheck, Clock, Hourglass, type LucideIcon, MessageSquareText, MousePointerClick, RotateCcw, Route, Send, ShieldQuestion,
  StickyNote, UserRoundCheck, Waypoints, Wrench, CheckSquare,
} from "lucide-react";
import { useId, useState } from "react";
import { exactly } from "~/ui/time";
import { ALARM } from "../ledger/state";
import classes from "./story.module.css";
import type { Told } from "./steps";

const ICONS: Record<string, LucideIcon> = {
  arrived: ArrowDownToLine,
  message: MessageSquareText,
  matched: UserRoundCheck,
  decided: Waypoints,
  route: Route,
  model: Bot,
  tool: Wrench,
  note: StickyNote,
  approval: ShieldQuestion,
  reply: MessageSquareText,
  queued: Send,
  delivery: Send,
  waits: Hourglass,
  outcome: CircleCheck,
  asked: MousePointerClick,
  replayed: RotateCcw,
  "follow-up": Clock,
  task: CheckSquare,
};

/** What happened, one sentence after the other; each can be unfolded. */
export function Timeline({ told }: { told: Told[] }) {
  return (
    <ol className={classes.timeline} aria-label="What happened">
      {told.map((step) => (
        <StepLine key={step.key} step={step} />
      ))}
    </ol>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** With its day, unless that is today. */
function moment(at: string): string {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

function StepLine({ step }: { step: Told }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const Icon = step.bad ? CircleAlert : (ICONS[step.kind] ?? CircleCheck);
  const more = Object.entries(step.more).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <li className={classes.step} data-kind={step.kind} data-bad={step.bad || undefined}>
      <span className={classes.icon} aria-hidden>
        <Icon size={15} />
      </span>
      <div className={classes.body}>
        <div className={classes.head}>
          {more.length ? (
            <UnstyledButton className={classes.title} onClick={() => setOpen(!open)} aria-expanded={open} aria-controls={id}>
              {step.title}
              <ChevronRight size={14} className={classes.chevron} data-open={open || undefined} aria-hidden />
            </UnstyledButton>
          ) : (
            <span className={classes.title}>{step.title}</span>
          )}
          <time className={classes.time} dateTime={step.at} title={exactly(step.at)}>
            {moment(step.at)}
          </time>
        </div>
        {step.why && (
          <Text size="sm" c={step.bad ? ALARM : "dimmed"}>
            {step.why}
          </Text>
        )}
        {step.quote && <blockquote className={classes.quote}>{step.quote}</blockquote>}
        {more.length > 0 && (
          <Collapse expanded={open} id={id}>
            <Stack gap={6} pt={6} component="dl" m={0}>
              {more.map(([name, value]) => (
                <div key={name}>
                  <dt className={classes.name}>{name.replaceAll("_", " ")}</dt>
                  <dd className={classes.value}>{typeof value === "object" ? <Json value={value} /> : String(value)}</dd>
                </div>
              ))}
            </Stack>
          </Collapse>
        )}
      </div>
    </li>
  );
}

function Json({ value }: { value: unknown }) {
  return (
    <Code block className={classes.json} tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
