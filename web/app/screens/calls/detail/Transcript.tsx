/** What was said, turn by turn, with the second of the call at which it was; it grows while somebody talks. */
import { Text } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Bot, CircleSlash2, Ear, UserRound } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Schemas } from "~/api";
import { specialistName } from "~/screens/agents/words";
import { exactly } from "~/ui/time";
import { type CallDetail, clockOf, FELT, moodOf, whoOf } from "../words";
import classes from "./detail.module.css";
import { Section } from "./Section";

type Turn = Schemas["Spoken"];

const LETTERS_A_SECOND = 14; // as people and machines speak

export function Transcript({ call, play }: { call: CallDetail; play: ((second: number) => void) | undefined }) {
  const turns = call.transcript;
  const { ref, entry } = useIntersection({ rootMargin: "80px" });
  const end = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (entry) follows.current = entry.isIntersecting;
  }, [entry]);
  // Who reads further up is left there.
  useEffect(() => {
    if (call.status === "live" && follows.current) end.current?.scrollIntoView({ block: "nearest" });
  }, [turns.length, call.status]);
  return (
    <Section title="Transcript" about={call.status === "live" && turns.length ? "as it is said" : undefined}>
      <div role="log" aria-label="What was said">
        {turns.length > 0 && (
          <ol className={classes.turns}>
            {turns.map((turn) => (
              <TurnLine key={turn.message_id} turn={turn} call={call} play={play} />
            ))}
          </ol>
        )}
      </div>
      {turns.length === 0 && (
        <Text size="sm" c="dimmed">
          {nothing(call)}
          {isToBeCalledBack(call) && (
            <>
              {" "}
              <Link to="/tasks" search={{ whose: "all" }} className={classes.inherit}>A task</Link> says by when they are to be called back.
            </>
          )}
        </Text>
      )}
      <div ref={end}>
        <div ref={ref} className={classes.end} />
      </div>
    </Section>
  );
}

function nothing({ status, answered_at }: CallDetail): string {
  if (status === "ringing") return "It rings. What is said stands here as it is said.";
  if (status === "live") return "What is said stands here as it is said.";
  return answered_at ? "Nothing was said." : "Nobody had them on the line, so nothing was said.";
}

/** As the server does it with those whom nobody helped, if their number is known. */
function isToBeCalledBack({ direction, outcome, caller }: CallDetail): boolean {
  return direction === "inbound" && caller !== null && ["missed", "busy", "no_answer", "failed"].includes(outcome ?? "");
}

function TurnLine({ turn, call, play }: { turn: Turn; call: CallDetail; play: ((second: number) => void) | undefined }) {
  const isTheirs = turn.author === "contact";
  return (
    <li className={classes.turn} data-by={turn.author} data-whisper={turn.whisper || undefined}>
      <time className={classes.at} dateTime={turn.created_at} title={exactly(turn.created_at)}>
        {turn.at === null ? "" : play ? <PlayFrom turn={turn} at={turn.at} play={play} /> : clockOf(turn.at)}
      </time>
      <div className={classes.said}>
        <div className={classes.by}>
          {isTheirs ? <UserRound size={14} aria-hidden /> : turn.whisper ? <Ear size={14} aria-hidden /> : <Bot size={14} aria-hidden />}
          <span>{speaker(turn, call)}</span>
          {isTheirs && turn.sentiment !== null && Math.abs(turn.sentiment) >= FELT && <Text span size="xs" c="dimmed">sounds {moodOf(turn.sentiment)}</Text>}
          <Story turn={turn} />
        </div>
        <p className={classes.words}>
          {turn.text}
          {turn.interrupted && <span className={classes.cut}> –</span>}
        </p>
        {turn.interrupted && (
          <Text size="xs" c="dimmed" className={classes.interrupted}>
            <CircleSlash2 size={12} aria-hidden /> Interrupted here: this much was heard
          </Text>
        )}
      </div>
    </li>
  );
}

/** The second of a turn is the one at which it had been said: it began before. */
function PlayFrom({ turn, at, play }: { turn: Turn; at: number; play: (second: number) => void }) {
  const began = Math.max(0, at - 1 - turn.text.length / LETTERS_A_SECOND);
  return (
    <button type="button" className={classes.play} aria-label={`${clockOf(at)}: play from ${clockOf(began)}`} onClick={() => play(began)}>
      {clockOf(at)}
    </button>
  );
}

/** Where one reads how it came about: the event of what they said, the run of what we answered. */
function Story({ turn: { author, event_id, run_id, agent } }: { turn: Turn }) {
  if (author === "contact" && event_id) {
    return <Link to="/events/$eventId" params={{ eventId: event_id }} className={classes.why}>Its story</Link>;
  }
  if (run_id && agent) {
    return <Link to="/agents/$agent/runs/$run" params={{ agent, run: run_id }} className={classes.why}>How it was answered</Link>;
  }
  return null;
}

function speaker(turn: Turn, call: CallDetail): string {
  if (turn.author === "contact") return whoOf(call);
  if (turn.whisper) return `${turn.member ?? "A teammate"} whispered to the agent`;
  if (turn.author === "member") return turn.member ?? "A teammate";
  const agent = turn.agent ?? call.agent;
  return agent ? `AI · ${specialistName(agent)}` : "AI";
}
