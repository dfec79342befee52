/** How a team's conversations reach its members, in words. */
import type { Schemas } from "~/api";

type Team = Schemas["TeamView"];

export const STRATEGIES: { value: Team["strategy"]; label: string; about: string }[] = [
  { value: "everyone", label: "Everyone is told", about: "Who claims it has it." },
  { value: "next_available", label: "Rings at who holds the fewest", about: "One free member after the other is asked, first who holds the fewest conversations." },
  { value: "longest_waiting", label: "Rings at who waits longest", about: "One free member after the other is asked, first who has been without new work for longest." },
];

export function reachInWords(team: Team): string {
  const strategy = STRATEGIES.find((one) => one.value === team.strategy)!.label;
  const reach = team.strategy === "everyone" ? strategy : `${strategy}, for ${team.ring_seconds} s each`;
  return team.takes_hand_offs ? `${reach}. Gets what the AI hands over` : reach;
}
