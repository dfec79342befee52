/** Hours of a week and days that are different, as they are typed: spans like 09:00-12:00. */
import { ActionIcon, Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { Copy, Plus, Trash2 } from "lucide-react";
import type { Person } from "./data";
import classes from "./scheduling.module.css";

type Week = NonNullable<Person["hours"]>;
type Exception = Person["exceptions"][number];

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MOST = 10;

/** A field for times has no 24:00: as an end, midnight is that. */
const shown = (time: string | undefined) => (time === "24:00" ? "00:00" : (time ?? ""));
const ends = (time: string) => (time === "00:00" ? "24:00" : time);

export function WeekEditor({ value, onChange }: { value: Week; onChange: (week: Week) => void }) {
  const spans = (day: (typeof DAYS)[number]) => value[day] ?? [];
  return (
    <Stack gap="sm">
      <div className={classes.hours}>
        {DAYS.map((day, place) => (
          <Day key={day} name={NAMES[place]!} spans={spans(day)} onChange={(next) => onChange({ ...value, [day]: next })} />
        ))}
      </div>
      <Group>
        <Button variant="subtle" size="compact-xs" leftSection={<Copy size={13} />} onClick={() => onChange({ ...value, ...Object.fromEntries(DAYS.slice(1, 5).map((day) => [day, [...spans("monday")]])) })}>
          Monday’s hours until Friday
        </Button>
      </Group>
    </Stack>
  );
}

function Day({ name, spans, onChange }: { name: string; spans: string[]; onChange: (spans: string[]) => void }) {
  return (
    <>
      <span>{name}</span>
      <Spans name={name} spans={spans} onChange={onChange} />
    </>
  );
}

function Spans({ name, spans, onChange }: { name: string; spans: string[]; onChange: (spans: string[]) => void }) {
  const change = (place: number, from: string, until: string) => onChange(spans.with(place, `${from}-${until}`));
  return (
    <Stack gap={4}>
      {spans.map((span, place) => {
        const [from = "", until = ""] = span.split("-");
        return (
          <Group key={place} gap={6} wrap="nowrap">
            <TextInput type="time" size="xs" aria-label={`${name}, from`} value={shown(from)} onChange={(event) => change(place, event.currentTarget.value, until)} />
            <span aria-hidden>–</span>
            <TextInput type="time" size="xs" aria-label={`${name}, until`} value={shown(until)} onChange={(event) => change(place, from, ends(event.currentTarget.value))} />
            {until < from && <Text size="xs" c="dimmed">next day</Text>}
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove hours of ${name}`} onClick={() => onChange(spans.filter((_, other) => other !== place))}>
              <Trash2 size={14} />
            </ActionIcon>
          </Group>
        );
      })}
      {spans.length < MOST && (
        <Group gap="xs">
          {!spans.length && (
            <Text size="sm" c="dimmed" pt={2}>
              off
            </Text>
          )}
          <ActionIcon variant="subtle" color="gray" aria-label={`Add hours on ${name}`} onClick={() => onChange([...spans, spans.length ? "14:00-18:00" : "09:00-17:00"])}>
            <Plus size={14} />
          </ActionIcon>
        </Group>
      )}
    </Stack>
  );
}

export function DaysEditor({ value, onChange, firstDay }: { value: Exception[]; onChange: (days: Exception[]) => void; firstDay: string }) {
  return (
    <Stack gap="sm">
      {value.map((one, place) => {
        const change = (next: Partial<Exception>) => onChange(value.with(place, { ...one, ...next }));
        const name = one.date || "this day";
        return (
          <div key={place} className={classes.card}>
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <Stack gap={6}>
                <Group gap="sm">
                  <TextInput type="date" size="xs" aria-label="Day" value={one.date} onChange={(event) => change({ date: event.currentTarget.value })} />
                  <Switch size="xs" label="Works other hours" checked={one.hours.length > 0} onChange={(event) => change({ hours: event.currentTarget.checked ? ["09:00-12:00"] : [] })} />
                </Group>
                {one.hours.length > 0 && <Spans name={name} spans={one.hours} onChange={(hours) => change({ hours })} />}
                <TextInput size="xs" aria-label="Why" placeholder="Why, e.g. holiday" maxLength={200} value={one.note ?? ""} onChange={(event) => change({ note: event.currentTarget.value || null })} />
              </Stack>
              <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${name}`} onClick={() => onChange(value.filter((_, other) => other !== place))}>
                <Trash2 size={14} />
              </ActionIcon>
            </Group>
          </div>
        );
      })}
      <Group>
        <Button variant="default" leftSection={<Plus size={14} />} onClick={() => onChange([...value, { date: firstDay, hours: [], note: null }])}>
          Add a day off
        </Button>
      </Group>
    </Stack>
  );
}
