import type { Schemas } from "~/api";
import classes from "./Notifications.module.css";

type Status = Schemas["MemberView"]["status"];

export const STATUSES: Status[] = ["available", "busy", "away", "offline"];

export function statusName(status: Status): string {
  return status.charAt(0).toUpperCase() + status.slice(1);
}

/** Beside a name or a word that says the same. */
export function StatusDot({ status }: { status: Status }) {
  return <span className={classes.dot} data-status={status} aria-hidden />;
}
