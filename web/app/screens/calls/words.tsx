/** How a call stands, who is at its other end and how long it lasts: in words, signs and a colour. */
import { Badge } from "@mantine/core";
import { PhoneIncoming, PhoneMissed, PhoneOutgoing } from "lucide-react";
import { useEffect, useState } from "react";
import type { Schemas } from "~/api";
import { type State, STATES } from "./list/search";

export type Call = Schemas["CallLine"];
export type CallDetail = Schemas["CallDetail"];
type Standing = Pick<Call, "status" | "outcome">;

const COLORS: Record<State, string> = {
  live: "blue",
  ringing: "yellow",
  answered: "green",
  handed_off: "violet",
  transferred: "violet",
  voicemail: "cyan",
  missed: "red",
  no_answer: "orange",
  busy: "orange",
  failed: "red",
};

export function stateOf({ status, outcome }: Standing): State {
  return status === "ended" ? (outcome ?? "failed") : status;
}

export function StateBadge({ call }: { call: Standing }) {
  const state = stateOf(call);
  return <Badge color={COLORS[state]} flex="none">{STATES[state]}</Badge>;
}

export function DirectionMark({ call, size = 16 }: { call: Standing & Pick<Call, "direction">; size?: number }) {
  const isMissed = call.direction === "inbound" && call.outcome === "missed";
  const Icon = isMissed ? PhoneMissed : call.direction === "inbound" ? PhoneIncoming : PhoneOutgoing;
  return <Icon size={size} role="img" aria-label={call.direction === "inbound" ? "They called" : "We called"} color={isMissed ? "var(--mantine-color-error)" : undefined} />;
}

/** The number at the other end, and ours. */
export function numbersOf(call: Pick<Call, "direction" | "caller_display" | "called_display" | "test">): { theirs: string; ours: string } {
  if (call.test) return { theirs: "Test call", ours: "a browser" };
  const caller = call.caller_display ?? "Number withheld";
  return call.direction === "inbound" ? { theirs: caller, ours: call.called_display } : { theirs: call.called_display, ours: caller };
}

export function whoOf(call: Pick<Call, "contact_name" | "direction" | "caller_display" | "called_display" | "test">): string {
  return call.contact_name ?? numbersOf(call).theirs;
}

/** Seconds as a player shows them: 0:07, 12:30, 1:02:05. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = whole >= 3_600 ? [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60] : [Math.floor(whole / 60), whole % 60];
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** From here on, in either direction, words are more than neutral. */
export const FELT = 0.25;

/** Of a score from -1 to 1. */
export function moodOf(sentiment: number): string {
  if (Math.abs(sentiment) < FELT) return "neutral";
  const strength = Math.abs(sentiment) > 0.6 ? "very" : "rather";
  return `${strength} ${sentiment > 0 ? "content" : "discontent"}`;
}

/** How long it lasted; while it goes on the seconds are counted here. */
export function Lasting({ call }: { call: Pick<Call, "status" | "seconds" | "answered_at"> }) {
  if (call.status === "live" && call.answered_at) return <Counting since={call.answered_at} />;
  return call.seconds === null ? <>–</> : <time dateTime={`PT${call.seconds}S`}>{clockOf(call.seconds)}</time>;
}

function Counting({ since }: { since: string }) {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <>{clockOf((now - Date.parse(since)) / 1_000)}</>;
}
