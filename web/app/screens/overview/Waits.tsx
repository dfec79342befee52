import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { ALARM, isOverdue, ownerName } from "~/screens/events/ledger/state";
import { ChannelIcon } from "~/ui/channel";
import { calledBy } from "~/ui/contact";
import { Empty } from "~/ui/states";
import { Ago } from "~/ui/time";
import { sum } from "./Figures";
import type { Overview } from "./OverviewScreen";
import classes from "./overview.module.css";

const WAITS = { run: "to be run", approval: "for approval", person: "for a person", delivery: "to be delivered" } as const;

const SHOWN = 6;

/** What needs somebody, by what it waits for; and what is most urgent. */
export function Waits({ overview }: { overview: Overview }) {
  const all = sum(overview.open.map(({ events }) => events));
  return (
    <section className={classes.card} aria-labelledby="waits">
      <div className={classes.title}>
        <Title order={2} id="waits">
          What waits, and for whom
        </Title>
      </div>
      {overview.open.length === 0 && (
        <Empty icon={<CircleCheck size={26} />} title="Nothing waits">
          What needs a person stands here, the most urgent first.
        </Empty>
      )}
      <ul className={classes.groups}>
        {overview.open.map((group) => (
          <li key={`${group.waiting_for} ${group.owner_id ?? group.owner}`}>
            <Link className={classes.group} to="/events" search={{ state: group.waiting_for === "person" ? "open" : group.waiting_for, owner: group.owner_id ?? group.owner ?? undefined }}>
              <strong>{group.events}</strong> {WAITS[group.waiting_for]} · {ownerName(group)}
              {group.overdue > 0 && <span className={classes.late}>{group.overdue} overdue</span>}
            </Link>
          </li>
        ))}
      </ul>
      <ul className={classes.lines} aria-label="Most urgent">
        {overview.urgent.slice(0, SHOWN).map((line) => (
          <li key={line.id}>
            <Link className={classes.urgent} to="/events/$eventId" params={{ eventId: line.id }}>
              <ChannelIcon channel={line.channel} />
              <span className={classes.cut}>
                <strong>{calledBy(line.contact_name, line.channel === "webchat", line.contact_address)}</strong> {line.subject ?? line.text}
              </span>
              {line.deadline && (
                <Text size="xs" c={isOverdue(line.deadline) ? ALARM : "dimmed"} fw={isOverdue(line.deadline) ? 600 : undefined}>
                  {isOverdue(line.deadline) ? "was due " : "due "}
                  <Ago at={line.deadline} />
                </Text>
              )}
            </Link>
          </li>
        ))}
      </ul>
      {all > SHOWN && (
        <Link className={`${classes.group} ${classes.all}`} to="/events" search={{ state: "open" }}>
          All {all}
        </Link>
      )}
    </section>
  );
}
