import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api } from "~/api";
import classes from "./inbox.module.css";
import { type Queue, QUEUES } from "./queues";

export function useCounts() {
  return api.useQuery("get", "/api/conversations/counts", {}, { meta: { live: "slow" } });
}

/** The queues with how many stand in each. `narrow`: icons, where a conversation needs the room. */
export function QueueList({ current, narrow }: { current: Queue; narrow: boolean }) {
  const { data: counts } = useCounts();
  const most = narrow ? 99 : 999;
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav ref={list} className={classes.queues} data-narrow={narrow || undefined} aria-label="Queues">
      {QUEUES.map(({ queue, label, icon: Icon }) => {
        const count = counts?.[queue as keyof typeof counts];
        const shown = count && count > most ? `${most}+` : count;
        return (
          <Tooltip key={queue} label={count === undefined ? label : `${label}: ${count}`} position="right" disabled={!narrow}>
            <Link to="/inbox/$queue" params={{ queue }} className={classes.queue} data-active={queue === current || undefined} aria-current={queue === current ? "page" : undefined} aria-label={shown ? `${label} ${shown}` : label}>
              <Icon size={16} aria-hidden />
              <span>{label}</span> {shown ? <span className={classes.count}>{shown}</span> : null}
            </Link>
          </Tooltip>
        );
      })}
    </nav>
  );
}
