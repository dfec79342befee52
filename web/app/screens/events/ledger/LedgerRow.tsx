import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { ChannelIcon } from "~/ui/channel";
import { calledBy } from "~/ui/contact";
import { Ago } from "~/ui/time";
import classes from "./ledger.module.css";
import { type Line, ownerName, StateBadge, stateOf, Urgency } from "./state";

type Props = { line: Line; selected?: boolean; onSelect?: (id: string, selected: boolean) => void };

export const LedgerRow = memo(function LedgerRow({ line, selected, onSelect }: Props) {
  const who = line.contact_id ? calledBy(line.contact_name, line.channel === "webchat", line.contact_address) : "Just arrived";
  const words = [line.subject, line.text].filter(Boolean).join(" · ").replace(/\s+/g, " ");
  return (
    <li className={classes.row} data-selects={onSelect ? "" : undefined} data-chosen={selected || undefined}>
      {onSelect && (
        <Checkbox
          size="xs"
          className={classes.above}
          checked={selected}
          onChange={(event) => onSelect(line.id, event.currentTarget.checked)}
          aria-label={`Select the inquiry of ${who}`}
        />
      )}
      <ChannelIcon channel={line.channel} />
      <div className={classes.what}>
        <Link to="/events/$eventId" params={{ eventId: line.id }} className={classes.who}>
          {who}
        </Link>
        <div className={classes.words}>{words || kindName(line.kind)}</div>
      </div>
      <div className={classes.state}>
        <StateBadge state={stateOf(line)} />
      </div>
      <div className={`${classes.small} ${classes.owner}`}>{ownerName(line)}</div>
      <div className={`${classes.small} ${classes.urgency}`}>
        <Urgency line={line} />
      </div>
      <div className={`${classes.small} ${classes.time}`}>
        <Ago at={line.created_at} />
      </div>
    </li>
  );
});

function kindName(kind: Line["kind"]): string {
  return { message: "A message that is being read", wake: "A follow-up came due", delivery: "A report of a delivery", call: "A call", spoken: "Said on a call" }[kind];
}
