import { Link, useRouterState } from "@tanstack/react-router";
import { api } from "~/api";
import { PLACES, type Place } from "./navigation";
import classes from "./Shell.module.css";

const GROUPS = { work: "Work", "set-up": "Set up" } as const;

const SLOW = { meta: { live: "slow" } } as const;

/** What waits at each place: conversations that need a person, events that wait, tasks that are due. */
function useCounts(): Record<string, { n: number; of: string }> {
  const { data: queues } = api.useQuery("get", "/api/conversations/counts", {}, SLOW);
  const { data: counts } = api.useQuery("get", "/api/counts", {}, SLOW);
  return {
    "/inbox": { n: queues ? queues.mine + queues.team + queues.unassigned + queues.approval : 0, of: "waiting for people" },
    "/events": { n: counts?.events_waiting ?? 0, of: "waiting" },
    "/tasks": { n: counts?.tasks_due ?? 0, of: "due" },
  };
}

export function NavigationList({ onGo }: { onGo: () => void }) {
  const here = useRouterState({ select: (state) => state.location.pathname });
  const counts = useCounts();
  const isHere = (path: string) => (path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`));
  const link = ({ path, label, icon: Icon, key }: Place) => (
    <Link key={path} to={path} className={classes.link} data-active={isHere(path) || undefined} aria-current={isHere(path) ? "page" : undefined} onClick={onGo} title={`${label} (g ${key})`}>
      <Icon size={16} aria-hidden />
      <span>{label}</span>
      {counts[path]?.n ? (
        <small className={classes.count} aria-label={`${counts[path].n} ${counts[path].of}`}>
          {counts[path].n > 999 ? "999+" : counts[path].n}
        </small>
      ) : null}
    </Link>
  );
  return (
    <div>
      {(["work", "set-up"] as const).map((group) => (
        <div key={group}>
          <div className={classes.group}>{GROUPS[group]}</div>
          {PLACES.filter((place) => place.group === group).map(link)}
        </div>
      ))}
    </div>
  );
}
