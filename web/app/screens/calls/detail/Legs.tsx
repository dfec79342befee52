/** Everybody who was on the line: from when to when in the call, and why they left. */
import { Text } from "@mantine/core";
import { Bot, Headset, type LucideIcon, Phone, UserRound } from "lucide-react";
import type { Schemas } from "~/api";
import { specialistName } from "~/screens/agents/words";
import { exactly } from "~/ui/time";
import { type CallDetail, clockOf, whoOf } from "../words";
import classes from "./detail.module.css";
import { Section } from "./Section";

type Leg = Schemas["Leg"];

const ICONS: Record<Leg["party"], LucideIcon> = { contact: UserRound, agent: Bot, member: Headset, number: Phone };

export function Legs({ call }: { call: CallDetail }) {
  const began = Date.parse(call.answered_at ?? call.created_at);
  const moment = (at: string) => clockOf((Date.parse(at) - began) / 1_000);
  if (!call.legs.length) return null;
  return (
    <Section title="Who was on the line">
      <ul className={classes.legs}>
        {call.legs.map((leg) => {
          const Icon = ICONS[leg.party];
          return (
            <li key={`${leg.party} ${leg.name} ${leg.joined_at}`} className={classes.leg}>
              <Icon size={15} aria-hidden />
              <span className={classes.name}>{nameOf(leg, call)}</span>
              <span className={classes.span}>
                <time dateTime={leg.joined_at} title={exactly(leg.joined_at)}>{moment(leg.joined_at)}</time>
                {" – "}
                {leg.left_at ? <time dateTime={leg.left_at} title={exactly(leg.left_at)}>{moment(leg.left_at)}</time> : "now"}
              </span>
              <Text span size="sm" c="dimmed" className={classes.because}>{leg.left_because}</Text>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function nameOf({ party, name }: Leg, call: CallDetail): string {
  if (party === "agent") return `AI · ${specialistName(name)}`;
  if (party === "contact") return name || whoOf(call);
  return name || (party === "member" ? "A teammate" : "A number");
}
