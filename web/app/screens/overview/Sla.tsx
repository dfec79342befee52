import { Title } from "@mantine/core";
import { useMemo } from "react";
import { api } from "~/api";
import { channelName } from "~/ui/channel";
import { duration } from "~/ui/time";
import classes from "./overview.module.css";

const KINDS = { first_response: "First response", next_response: "Next response", resolution: "Resolution" } as const;

/** What share of the SLA targets was met, and how long it took; nothing where there are no targets. */
export function Sla({ days }: { days: number }) {
  // To the hour, so that it is one question for that long.
  const from = useMemo(() => new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - days * 86_400_000).toISOString(), [days]);
  const { data } = api.useQuery("get", "/api/sla/report", { params: { query: { from } } }, { placeholderData: (before) => before, meta: { live: "slow" } });
  const kinds = data?.kinds.filter(({ met, breached, running }) => met + breached + running > 0) ?? [];
  if (!data || !kinds.length) return null;
  return (
    <section className={`${classes.card} ${classes.whole} ${classes.fitted}`} aria-labelledby="sla">
      <div className={classes.title}>
        <Title order={2} id="sla">
          SLA targets
        </Title>
      </div>
      <div className={classes.scroll}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Target</th>
              <th scope="col">Met</th>
              <th scope="col">Missed</th>
              <th scope="col">Still open</th>
              <th scope="col" style={{ textAlign: "left" }}>
                Median and 90%
              </th>
            </tr>
          </thead>
          <tbody>
            {kinds.map(({ kind, share_met, met, breached, running }) => (
              <tr key={kind}>
                <th scope="row">{KINDS[kind]}</th>
                <td>{share_met === null ? "–" : `${Math.round(100 * share_met)}% (${met})`}</td>
                <td>{breached ? <span className={classes.late}>{breached}</span> : 0}</td>
                <td>{running}</td>
                <td style={{ textAlign: "left" }}>
                  {data.channels
                    .filter((one) => one.kind === kind)
                    .map((one) => `${channelName(one.channel)} ${duration(one.median_seconds)}, ${duration(one.p90_seconds)}`)
                    .join(" · ") || "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
