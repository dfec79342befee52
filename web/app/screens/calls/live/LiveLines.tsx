/** Both sides of a call as they speak, the newest in sight, and what the agent does between. */
import { Text } from "@mantine/core";
import { Wrench } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Line } from "@call/lines";
import classes from "./live.module.css";

export function LiveLines({ lines, caller, empty }: { lines: Line[]; caller: string; empty: string }) {
  const log = useRef<HTMLDivElement>(null);
  const last = lines.at(-1);
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [lines.length, last?.text]);
  return (
    <div role="log" aria-label="What is said" className={classes.lines} ref={log} tabIndex={0}>
      {lines.length === 0 && <Text size="sm" c="dimmed">{empty}</Text>}
      {lines.map((line) =>
        line.by === "event" ? (
          <p key={line.key} className={classes.event}>
            {line.tool && <Wrench size={12} aria-hidden />} {line.text}
          </p>
        ) : (
          <p key={line.key} className={classes.line} data-by={line.by}>
            <span className={classes.who}>{line.by === "caller" ? caller : "AI"}</span> {line.text}
            {line.interrupted && <span className={classes.cut}> – interrupted</span>}
          </p>
        ),
      )}
    </div>
  );
}
