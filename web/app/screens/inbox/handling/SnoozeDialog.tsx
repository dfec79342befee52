import { Button, Group, TextInput } from "@mantine/core";
import dayjs from "dayjs";
import { CalendarClock, Clock, Hourglass } from "lucide-react";
import { useState } from "react";
import { Chooser } from "./Chooser";
import type { Handling } from "./useHandling";

const MORNING = 9;

/** Times that people mean, from now on; one moment by one name only: a Sunday's tomorrow is the Monday. */
function times(now: dayjs.Dayjs): { key: string; label: string; at: dayjs.Dayjs }[] {
  const morning = (days: number) => now.add(days, "day").startOf("day").hour(MORNING);
  const monday = (8 - now.day()) % 7 || 7;
  const all = [
    { key: "hour", label: "In an hour", at: now.add(1, "hour") },
    { key: "later", label: "Later today", at: now.add(3, "hour") },
    { key: "tomorrow", label: "Tomorrow morning", at: morning(1) },
    { key: "monday", label: "Monday morning", at: morning(monday) },
    { key: "week", label: "In a week", at: morning(7) },
  ];
  return all.filter(({ key, at }, index) => (key !== "later" || at.isSame(now, "day")) && all.findIndex((other) => other.at.isSame(at)) === index);
}

type Props = { ids: readonly string[]; handling: Handling; close: () => void };

export default function SnoozeDialog({ ids, handling, close }: Props) {
  const [now] = useState(() => dayjs());
  const [own, setOwn] = useState(now.add(1, "day").startOf("hour").format("YYYY-MM-DDTHH:mm"));
  const known = times(now);
  const options = [
    ...known.map(({ key, label, at }) => ({ key, label, hint: at.format(at.isSame(now, "day") ? "HH:mm" : "ddd D MMM, HH:mm"), icon: <Clock size={15} aria-hidden /> })),
    { key: "message", label: "Until they write", icon: <Hourglass size={15} aria-hidden /> },
  ];
  const snooze = (until: dayjs.Dayjs | null) => void handling.snooze(ids, until?.toDate() ?? null);
  const chosen = dayjs(own);
  return (
    <Chooser
      title={ids.length === 1 ? "Snooze until" : `Snooze ${ids.length} conversations until`}
      placeholder="When it comes back"
      options={options}
      choose={(key) => snooze(known.find((time) => time.key === key)?.at ?? null)}
      close={close}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          snooze(chosen);
          close();
        }}
      >
        <Group mt="sm" align="end" wrap="nowrap" gap="xs">
          <TextInput flex={1} type="datetime-local" size="xs" label="Or at a time of your own" value={own} min={now.format("YYYY-MM-DDTHH:mm")} onChange={(event) => setOwn(event.currentTarget.value)} />
          <Button type="submit" variant="default" disabled={!chosen.isValid() || chosen.isBefore(dayjs())} leftSection={<CalendarClock size={14} aria-hidden />}>
            Snooze
          </Button>
        </Group>
      </form>
    </Chooser>
  );
}
