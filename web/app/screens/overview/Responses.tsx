import { Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Timer } from "lucide-react";
import { channelName } from "~/ui/channel";
import { calledBy } from "~/ui/contact";
import { Empty } from "~/ui/states";
import { duration } from "~/ui/time";
import type { Overview } from "./OverviewScreen";
import classes from "./overview.module.css";

/** How long people waited for the first words that answered them; the slowest can be looked at. */
export function Responses({ overview }: { overview: Overview }) {
  return (
    <section className={classes.card} aria-labelledby="responses">
      <div className={classes.title}>
        <Title order={2} id="responses">
          First response
        </Title>
      </div>
      {overview.responses.length === 0 ? (
        <Empty icon={<Timer size={26} />} title="Nothing was answered in this time">
          How long people waited stands here, by channel.
        </Empty>
      ) : (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Channel</th>
                <th scope="col">Answered</th>
                <th scope="col">
                  <abbr title="Half were faster">Median</abbr>
                </th>
                <th scope="col">
                  <abbr title="95 of 100 were faster">95%</abbr>
                </th>
                <th scope="col" style={{ textAlign: "left" }}>
                  Slowest
                </th>
              </tr>
            </thead>
            <tbody>
              {overview.responses.map((channel) => (
                <tr key={channel.channel}>
                  <th scope="row">{channelName(channel.channel)}</th>
                  <td>{channel.responses.toLocaleString()}</td>
                  <td>{duration(channel.p50)}</td>
                  <td>{duration(channel.p95)}</td>
                  <td>
                    {channel.worst.map((line) => (
                      <Link key={line.id} className={classes.slow} to="/events/$eventId" params={{ eventId: line.id }} title={`${calledBy(line.contact_name, channel.channel === "webchat", line.contact_address)}: ${line.subject ?? line.text ?? ""}`}>
                        {duration(line.first_response_seconds ?? 0)}
                      </Link>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
