/** Moments as people read them; the exact one is in the title. */
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let minute = Math.floor(Date.now() / 60_000);
setInterval(() => {
  minute = Math.floor(Date.now() / 60_000);
  for (const listener of listeners) listener();
}, 15_000);

/** Whoever asks is drawn again each minute. */
export function useMinute(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => minute,
  );
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [3_600, "minute"],
  [86_400, "hour"],
  [86_400 * 30, "day"],
  [86_400 * 365, "month"],
  [Infinity, "year"],
];
const SIZE: Record<string, number> = { second: 1, minute: 60, hour: 3_600, day: 86_400, month: 86_400 * 30, year: 86_400 * 365 };
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
const EXACT = { dateStyle: "medium", timeStyle: "short" } as const;
const exact = new Intl.DateTimeFormat(undefined, EXACT);

/** In the reader's own time, or in that of `zone`: an appointment stands in the business's. */
export function exactly(at: string | Date, zone?: string): string {
  return (zone ? new Intl.DateTimeFormat(undefined, { ...EXACT, timeZone: zone }) : exact).format(new Date(at));
}

/** "5 min. ago", "in 2 hr." */
export function fromNow(at: string | Date, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  if (Math.abs(seconds) < 45) return "now";
  const unit = STEPS.find(([most]) => Math.abs(seconds) < most)![1];
  return relative.format(Math.round(seconds / SIZE[unit]!), unit);
}

/** Keeps itself true while it is shown. */
export function Ago({ at }: { at: string }) {
  useMinute();
  return (
    <time dateTime={at} title={exactly(at)}>
      {fromNow(at)}
    </time>
  );
}

/** "1 h 20 min" of seconds. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ""}` : `${Math.round(hours / 24)} days`;
}
