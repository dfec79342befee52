import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Overview } from "./OverviewScreen";
import classes from "./overview.module.css";

/** Who wrote wanted an answer: it was given, is a person's to give, or could not be given. */
const SETTLED: ReadonlySet<string> = new Set(["answered", "handed_off", "failed"]);

/** Four numbers that lead to what they count. */
export function Figures({ overview, days }: { overview: Overview; days: number }) {
  const open = sum(overview.open.map(({ events }) => events));
  const overdue = sum(overview.open.map(({ overdue }) => overdue));
  const all = sum(overview.volume.map(({ events }) => events));
  const failed = sum(overview.volume.filter(({ state }) => state === "failed").map(({ events }) => events));
  const settled = sum(overview.volume.filter(({ state }) => SETTLED.has(state)).map(({ events }) => events));
  const { answered_by_agents: byAgents, spending } = overview;
  return (
    <div className={`${classes.whole} ${classes.figures}`}>
      <Link className={classes.figure} to="/events" search={{ state: "open" }}>
        <Figure name="Need somebody" number={open} hint={overdue ? <span className={classes.late}>{overdue} overdue</span> : open ? "none overdue" : "all is done"} />
      </Link>
      <Link className={classes.figure} to="/events" search={{ days }}>
        <Figure name="Inquiries" number={all.toLocaleString()} hint={failed ? <span className={classes.late}>{failed} failed</span> : "none failed"} />
      </Link>
      <Link className={classes.figure} to="/events" search={{ days, state: "answered" }}>
        <Figure name="Answered by the AI" number={settled ? `${Math.round((100 * byAgents) / settled)}%` : "–"} hint={settled ? `${byAgents} of ${settled} that wanted an answer` : "nothing answered yet"} />
      </Link>
      <div className={classes.figure}>
        <Figure
          name="Models this month"
          number={dollars(spending.spent)}
          hint={spending.monthly_cap == null ? `${spending.requests.toLocaleString()} requests` : `of ${dollars(spending.monthly_cap)}`}
        />
      </div>
    </div>
  );
}

function Figure({ name, number, hint }: { name: string; number: ReactNode; hint: ReactNode }) {
  return (
    <>
      <div className={classes.name}>{name}</div>
      <div className={classes.number}>{number}</div>
      <div className={classes.hint}>{hint}</div>
    </>
  );
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function dollars(amount: string | number): string {
  return Number(amount).toLocaleString(undefined, { style: "currency", currency: "USD" });
}
