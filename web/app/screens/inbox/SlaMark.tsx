/** The SLA target that is due first: "First response in 12 min", amber from its warning on, red once it is missed. */
import { Timer } from "lucide-react";
import type { Schemas } from "~/api";
import { exactly, fromNow, useMinute } from "~/ui/time";

const KINDS: Record<Schemas["Clock"]["kind"], string> = { first_response: "First response", next_response: "Next response", resolution: "Resolution" };

export function SlaMark({ clock, className }: { clock: Schemas["Clock"]; className?: string }) {
  useMinute();
  const now = Date.now();
  const late = new Date(clock.due_at).getTime() <= now;
  const near = clock.warn_at !== null && new Date(clock.warn_at).getTime() <= now;
  return (
    <span className={className} data-tone={late ? "late" : near ? "near" : "due"} title={exactly(clock.due_at)}>
      <Timer size={12} aria-hidden /> {KINDS[clock.kind]} {late && "was due "}
      {fromNow(clock.due_at, now)}
    </span>
  );
}
