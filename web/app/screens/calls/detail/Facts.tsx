/** The call in short, beside what was said. */
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { dollars, specialistName } from "~/screens/agents/words";
import { sentence } from "~/api";
import { Ago, exactly } from "~/ui/time";
import { type CallDetail, clockOf, DirectionMark, Lasting, moodOf, numbersOf, StateBadge } from "../words";
import classes from "./detail.module.css";

const TRANSFERS = { dialling: "It rings there.", talking: "They have the call.", done: "They took the call.", failed: "Nobody took it." };
const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export function Facts({ call }: { call: CallDetail }) {
  const { theirs, ours } = numbersOf(call);
  const number = call.direction === "inbound" ? call.caller : call.called;
  return (
    <dl className={classes.facts} aria-label="In short">
      <Fact name={call.status === "ended" ? "Outcome" : "State"}>
        <StateBadge call={call} />
        {call.reason && <Text size="xs" c="dimmed">{sentence(call.reason)}</Text>}
      </Fact>
      <Fact name={call.status === "live" ? "On the line for" : "Lasted"}>
        <Lasting call={call} />
        {call.carrier_seconds !== null && <Text size="xs" c="dimmed">{clockOf(call.carrier_seconds)} as the carrier counts</Text>}
      </Fact>
      <Fact name={call.direction === "inbound" ? "Called by" : "We called"}>
        <Anchor component={Link} to={`/contacts/${call.contact_id}` as "/"} inherit underline="always">
          {call.contact_name ?? "A contact without a name"}
        </Anchor>
        <br />
        {number ? <a href={`tel:${number}`} className={classes.link}>{theirs}</a> : <Text span size="xs" c="dimmed">{theirs}</Text>}
        <br />
        <Link to="/calls" search={{ contact: call.contact_id }} className={classes.link}>
          All their calls
        </Link>
      </Fact>
      {!call.test && (
        <Fact name={call.direction === "inbound" ? "Our number" : "From our number"}>
          <DirectionMark call={call} size={13} /> {ours}
        </Fact>
      )}
      <Fact name="Answered by">
        {call.agent ? `AI · ${specialistName(call.agent)}` : "nobody"}
        {call.answered_by === "machine" && <Text size="xs" c="dimmed">a machine at the other end</Text>}
        {call.agent && call.language && <Text size="xs" c="dimmed">in {languages.of(call.language)}</Text>}
      </Fact>
      {call.purpose && <Fact name="About">{call.purpose}</Fact>}
      {call.transfer && (
        <Fact name="Put through to">
          {call.transfer.to}
          <Text size="xs" c="dimmed">{call.transfer.failed_because ? sentence(`not taken: ${call.transfer.failed_because}`) : TRANSFERS[call.transfer.state]}</Text>
        </Fact>
      )}
      {call.sentiment !== null && <Fact name="The caller sounded">{moodOf(call.sentiment)}</Fact>}
      <Fact name="Began">
        {exactly(call.created_at)}
        <Text size="xs" c="dimmed"><Ago at={call.created_at} /></Text>
      </Fact>
      <Fact name="Cost">{call.cost !== null ? dollars(call.cost) : call.status === "ended" && call.agent ? "not known in full" : "–"}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
