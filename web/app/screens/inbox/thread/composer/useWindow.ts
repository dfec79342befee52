/** A channel's reply window: until when any text may leave, kept true while it is shown. */
import { useEffect, useState } from "react";
import type { Schemas } from "~/api";

const SOON_MS = 2 * 3_600_000;

export type ReplyWindow = { isClosed: boolean; closesAt: string | null; isSoon: boolean };

export function useWindow(conversation: Schemas["Conversation"] | undefined): ReplyWindow {
  const [now, setNow] = useState(() => Date.now());
  const closesAt = conversation?.window_closes_at ?? null;
  const left = closesAt ? Date.parse(closesAt) - now : null;
  useEffect(() => {
    if (left === null || left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(left + 500, 60_000));
    return () => clearTimeout(timer);
  }, [left]);
  const isClosed = Boolean(conversation?.templates) && (left === null || left <= 0);
  return { isClosed, closesAt: isClosed ? null : closesAt, isSoon: !isClosed && left !== null && left < SOON_MS };
}
