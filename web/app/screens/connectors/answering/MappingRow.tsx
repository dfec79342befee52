/** One of those who answer, and when. */
import { ActionIcon, Button, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { WeekEditor } from "~/screens/scheduling/Hours";
import { hoursInWords, OFFICE, type Row } from "./draft";
import type { Answerers } from "./useAnswering";
import classes from "./answering.module.css";

type Props = {
  row: Row;
  place: number;
  count: number;
  answerers: Answerers;
  faults: string[];
  /** An earlier one answers always. */
  neverReached: boolean;
  change: (row: Row) => void;
  move: (by: -1 | 1) => void;
  remove: () => void;
};

export function MappingRow({ row, place, count, answerers, faults, neverReached, change, move, remove }: Props) {
  const [editing, edit] = useDisclosure(false);
  const when = (value: string) => {
    change({ ...row, hours: value === "hours" ? OFFICE : null });
    edit.set(value === "hours");
  };
  const chosen = answerers.all.get(row.who);
  const name = chosen?.label ?? `number ${place + 1}`;
  const groups = [
    { group: "AI agents", items: answerers.agents },
    { group: "Teams", items: answerers.teams },
  ];
  return (
    <div className={classes.row} role="group" aria-label={`Answers ${place + 1}`}>
      <Stack gap="xs">
        <Group gap="sm" align="flex-end">
          <Select label="Who" placeholder="An AI agent or a team" searchable flex={1} miw={200} allowDeselect={false} data={groups} value={row.who || null} onChange={(who) => who && change({ ...row, who })} />
          <SegmentedControl size="xs" aria-label={`When ${name} answers`} transitionDuration={0} data={[{ value: "always", label: "Always" }, { value: "hours", label: "At these hours" }]} value={row.hours ? "hours" : "always"} onChange={when} />
          <Group gap={2}>
            <ActionIcon variant="subtle" color="gray" size="md" aria-label={`Ask ${name} earlier`} disabled={place === 0} onClick={() => move(-1)}><ArrowUp size={15} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" size="md" aria-label={`Ask ${name} later`} disabled={place === count - 1} onClick={() => move(1)}><ArrowDown size={15} /></ActionIcon>
            <ActionIcon variant="subtle" color="gray" size="md" aria-label={`Remove ${name}`} onClick={remove}><Trash2 size={15} /></ActionIcon>
          </Group>
        </Group>
        {faults.map((fault) => <Text key={fault} size="sm" c="var(--mantine-color-error)" role="alert">{fault}</Text>)}
        {neverReached && <Text size="sm" c="dimmed">Never asked: somebody above answers always.</Text>}
        {chosen?.empty && <Text size="sm" c="dimmed">{row.who.startsWith("team:") ? "Nobody is in this team yet." : "This agent is switched off: the supervisor decides instead."}</Text>}
        {row.hours && (
          <Group gap="xs">
            <Text size="sm">{hoursInWords(row.hours)}</Text>
            <Button variant="subtle" size="compact-xs" aria-expanded={editing} onClick={edit.toggle}>{editing ? "Fold the hours" : "Change the hours"}</Button>
          </Group>
        )}
        {row.hours && editing && <WeekEditor value={row.hours} onChange={(hours) => change({ ...row, hours })} />}
      </Stack>
    </div>
  );
}
