import { Link, useRouterState } from "@tanstack/react-router";
import { PLACES, type Place } from "./navigation";
import classes from "./Shell.module.css";

const GROUPS = { work: "Work", "set-up": "Set up" } as const;

export function NavigationList({ onGo }: { onGo: () => void }) {
  const here = useRouterState({ select: (state) => state.location.pathname });
  const isHere = (path: string) => (path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`));
  const link = ({ path, label, icon: Icon, key }: Place) => (
    <Link key={path} to={path} className={classes.link} data-active={isHere(path) || undefined} aria-current={isHere(path) ? "page" : undefined} onClick={onGo} title={`${label} (g ${key})`}>
      <Icon size={16} aria-hidden />
      <span>{label}</span>
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
