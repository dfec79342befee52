/** How something stands: a sign with a name, so that colour alone says nothing. */
import { CircleAlert, CircleCheck, CircleDashed, CircleMinus, Hourglass, type LucideIcon } from "lucide-react";
import type { Schemas } from "~/api";
import classes from "./Onboarding.module.css";

type State = Schemas["ItemView"]["state"];

const MARKS: Record<State, { icon: LucideIcon; name: string }> = {
  done: { icon: CircleCheck, name: "Done" },
  open: { icon: CircleDashed, name: "To do" },
  failed: { icon: CircleAlert, name: "Does not work" },
  not_yet: { icon: Hourglass, name: "Not yet possible" },
  not_needed: { icon: CircleMinus, name: "Not needed" },
};

export function StateMark({ state, size = 18 }: { state: State; size?: number }) {
  const { icon: Icon, name } = MARKS[state];
  return <Icon size={size} role="img" aria-label={name} className={classes.mark} data-state={state} />;
}
