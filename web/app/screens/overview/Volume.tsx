/** How much came, by outcome or by channel: bars, and the same as a table. */
import { Group, SegmentedControl, Switch, Title } from "@mantine/core";
import { useState } from "react";
import { channelName } from "~/ui/channel";
import { sum } from "./Figures";
import type { Overview } from "./OverviewScreen";
import classes from "./overview.module.css";

const OUTCOMES = {
  answered: { name: "Answered", color: "light-dark(#2f9e5b, #43b573)" },
  handed_off: { name: "Handed off", color: "light-dark(#7d6ee7, #9588f0)" },
  open: { name: "Open", color: "light-dark(#e9a23b, #e3ab55)" },
  ignored: { name: "No answer needed", color: "light-dark(#a9adb8, #6d717d)" },
  failed: { name: "Failed", color: "light-dark(#d64545, #e56a6a)" },
} as const;
const SHADES = ["light-dark(#535adf, #8288ee)", "light-dark(#1f9aa8, #3fb6c4)", "light-dark(#e9a23b, #e3ab55)", "light-dark(#c2559d, #d97bb8)", "light-dark(#7a8699, #98a3b5)", "light-dark(#2f9e5b, #43b573)"];

type Series = { key: string; name: string; color: string };
type By = "outcome" | "channel";

export function Volume({ overview }: { overview: Overview }) {
  const [by, choose] = useState<By>("outcome");
  const [table, showTable] = useState(false);
  const series = seriesOf(overview, by);
  const count = (part: string, { key }: Series) => sum(overview.volume.filter((each) => each.part === part && (by === "outcome" ? each.state : each.channel) === key).map(({ events }) => events));
  const rows = overview.parts.map((part) => ({ part, counts: series.map((each) => count(part, each)) }));
  const label = labelOf(overview.unit);
  return (
    <section className={`${classes.card} ${classes.low} ${classes.whole}`} aria-labelledby="volume">
      <div className={classes.title}>
        <Title order={2} id="volume">
          Inquiries per {overview.unit}
        </Title>
        <div className={classes.legend}>
          {series.map(({ key, name, color }) => (
            <span key={key}>
              <i style={{ background: color }} aria-hidden />
              {name}
            </span>
          ))}
        </div>
        <Group gap="md">
          <SegmentedControl size="xs" aria-label="Divided by" value={by} onChange={(value) => choose(value as By)} data={[{ value: "outcome", label: "Outcome" }, { value: "channel", label: "Channel" }]} />
          <Switch size="xs" label="As a table" checked={table} onChange={(event) => showTable(event.currentTarget.checked)} />
        </Group>
      </div>
      {table ? <Table series={series} rows={rows} label={label} /> : <Bars series={series} rows={rows} label={label} />}
    </section>
  );
}

type Row = { part: string; counts: number[] };
type Shown = { series: Series[]; rows: Row[]; label: (part: string) => string };

function Bars({ series, rows, label }: Shown) {
  const most = Math.max(1, ...rows.map(({ counts }) => sum(counts)));
  const said = rows.map(({ part, counts }) => `${label(part)}: ${sum(counts)}`).join(", ");
  const step = Math.max(1, Math.ceil(rows.length / 8));
  return (
    <div className={classes.chart} role="img" aria-label={`Inquiries. ${said}`}>
      {rows.map(({ part, counts }, index) => (
        <div key={part} className={classes.column}>
          <div className={classes.bar} title={`${label(part)}\n${series.map(({ name }, at) => `${name}: ${counts[at]}`).join("\n")}`}>
            {series.map(({ key, color }, at) => (counts[at] ? <div key={key} className={classes.part} style={{ background: color, height: `${(100 * counts[at]) / most}%` }} /> : null))}
          </div>
          <span className={classes.tick}>{index % step === 0 && label(part)}</span>
        </div>
      ))}
    </div>
  );
}

function Table({ series, rows, label }: Shown) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">When</th>
            {series.map(({ key, name }) => (
              <th key={key} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ part, counts }) => (
            <tr key={part}>
              <th scope="row">{label(part)}</th>
              {series.map(({ key }, index) => (
                <td key={key} style={{ textAlign: "right" }}>
                  {counts[index]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function seriesOf(overview: Overview, by: By): Series[] {
  if (by === "outcome") {
    const there = new Set(overview.volume.map(({ state }) => state));
    return Object.entries(OUTCOMES).flatMap(([key, { name, color }]) => (there.has(key as keyof typeof OUTCOMES) ? [{ key, name, color }] : []));
  }
  const channels = [...new Set(overview.volume.map(({ channel }) => channel))].sort();
  return channels.map((key, index) => ({ key, name: channelName(key), color: SHADES[index % SHADES.length]! }));
}

/** The parts are times of the workspace's own zone, so they are shown as they stand. */
function labelOf(unit: Overview["unit"]): (part: string) => string {
  const format = new Intl.DateTimeFormat(undefined, unit === "hour" ? { hour: "2-digit", minute: "2-digit", timeZone: "UTC" } : { day: "numeric", month: "short", timeZone: "UTC" });
  return (part) => format.format(new Date(`${part}Z`));
}
