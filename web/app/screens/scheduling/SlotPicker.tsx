/** A free time of a service: a day, then one of its times; or any other time, whatever the rules say. */
import { Anchor, Checkbox, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "~/api";
import { Failed } from "~/ui/states";
import classes from "./scheduling.module.css";
import { addDays, clock, dayInWords, instantOf, isDay, localOf, minutesOf } from "./zone";

export type Chosen = { startsAt: string; staffId?: string; outside: boolean };
type Props = { zone: string; serviceId: string; staffId?: string; moving?: string; initialDay: string; initialMinutes?: number; value: Chosen | null; onChange: (chosen: Chosen | null) => void };

const AHEAD = 60; // days that are looked through for the next free time

export function SlotPicker({ zone, serviceId, staffId, moving, initialDay, initialMinutes, value, onChange }: Props) {
  const [day, setDay] = useState(initialDay);
  const [outside, setOutside] = useState(false);
  const [time, setTime] = useState(clock(initialMinutes ?? 9 * 60));
  const query = { service_id: serviceId, staff_id: staffId, moving };
  const valid = isDay(day);
  const slots = api.useQuery(
    "get",
    "/api/availability",
    { params: { query: { ...query, from: valid ? instantOf(day, 0, zone).toISOString() : "", until: valid ? instantOf(addDays(day, 1), 0, zone).toISOString() : "", limit: 500 } } },
    { enabled: valid },
  );
  const none = slots.data?.items.length === 0;
  const next = api.useQuery(
    "get",
    "/api/availability",
    { params: { query: { ...query, from: valid ? instantOf(addDays(day, 1), 0, zone).toISOString() : "", until: valid ? instantOf(addDays(day, AHEAD), 0, zone).toISOString() : "", limit: 1 } } },
    { enabled: valid && none },
  );
  const other = (on: boolean, at: string, onDay: string) => {
    setOutside(on);
    setTime(at);
    onChange(on && /^\d\d:\d\d$/.test(at) && isDay(onDay) ? { startsAt: instantOf(onDay, minutesOf(at), zone).toISOString(), staffId, outside: true } : null);
  };
  const nextDay = next.data?.items[0] && localOf(next.data.items[0].starts_at, zone).day;
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        <TextInput
          type="date"
          label="Day"
          value={day}
          onChange={(event) => {
            setDay(event.currentTarget.value);
            other(outside, time, event.currentTarget.value);
          }}
        />
        {slots.isFetching && <Loader size={16} mb={8} />}
      </Group>
      {!outside && slots.error && <Failed error={slots.error} retry={() => void slots.refetch()} />}
      {!outside && none && (
        <Text size="sm">
          Nothing is free that day.{" "}
          {nextDay ? (
            <Anchor component="button" type="button" size="sm" onClick={() => setDay(nextDay)}>
              Next free: {dayInWords(nextDay)}
            </Anchor>
          ) : (
            next.data && `Nor in the ${AHEAD} days after it.`
          )}
        </Text>
      )}
      {!outside && slots.data && (
        <div className={classes.slots} role="group" aria-label={`Free times on ${day}`}>
          {slots.data.items.map((slot) => (
            <button
              key={slot.starts_at}
              type="button"
              className={classes.slot}
              aria-pressed={value?.startsAt === slot.starts_at}
              onClick={() => onChange({ startsAt: slot.starts_at, staffId: slot.staff_id, outside: false })}
            >
              {clock(localOf(slot.starts_at, zone).minutes)}
              {!staffId && <small>{slot.staff}</small>}
            </button>
          ))}
        </div>
      )}
      <Checkbox label="Another time, whatever working hours and notice say" checked={outside} onChange={(event) => other(event.currentTarget.checked, time, day)} />
      {outside && <TextInput type="time" label="Time" w={140} value={time} onChange={(event) => other(true, event.currentTarget.value, day)} />}
    </Stack>
  );
}
