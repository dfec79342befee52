import { Link } from "@tanstack/react-router";
import { Bot, UserRound } from "lucide-react";
import { memo } from "react";
import { dollars, specialistName } from "~/screens/agents/words";
import { Ago } from "~/ui/time";
import { type Call, DirectionMark, Lasting, numbersOf, StateBadge, whoOf } from "../words";
import classes from "./list.module.css";

export const CallRow = memo(function CallRow({ call }: { call: Call }) {
  const { theirs, ours } = numbersOf(call);
  const who = whoOf(call);
  return (
    <li className={classes.row} data-call>
      <DirectionMark call={call} />
      <div className={classes.what}>
        <Link to="/calls/$callId" params={{ callId: call.id }} className={classes.who}>
          {who}
        </Link>
        <div className={classes.words}>
          {call.contact_name && theirs}
          <span className={call.contact_name ? classes.ours : undefined}>
            {call.contact_name && " · "}
            {call.direction === "inbound" ? "to" : "from"} {ours}
          </span>
        </div>
      </div>
      <Link to="/contacts/$contactId" params={{ contactId: call.contact_id }} className={classes.contact} aria-label={`The contact ${who}`} title="The contact">
        <UserRound size={15} aria-hidden />
      </Link>
      <div className={classes.state}>
        <StateBadge call={call} />
        {call.reason && <span className={classes.words} title={call.reason}>{call.reason}</span>}
      </div>
      <div className={`${classes.small} ${classes.agent}`}>
        {call.agent && (
          <>
            <Bot size={13} aria-hidden /> {specialistName(call.agent)}
          </>
        )}
      </div>
      <div className={`${classes.small} ${classes.lasting}`}>
        <Lasting call={call} />
      </div>
      <div className={`${classes.small} ${classes.cost}`}>{call.cost !== null && dollars(call.cost)}</div>
      <div className={`${classes.small} ${classes.time}`}>
        <Ago at={call.created_at} />
      </div>
    </li>
  );
});
