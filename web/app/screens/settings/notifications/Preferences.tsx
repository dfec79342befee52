/** Topic by topic, how one is told; quiet hours; and when mails that can wait leave. */
import { Checkbox, Group, NativeSelect, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { useMemo, useState } from "react";
import { client, type Schemas } from "~/api";
import { Form, Part } from "../Part";
import settings from "../Settings.module.css";
import classes from "./notifications.module.css";

type View = Schemas["PreferencesView"];
type Topic = View["topics"][number];
type Quiet = Schemas["QuietHours"];
const KEY = ["get", "/api/me/notification-preferences"];
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const MAILS = [
  { value: "at_once", label: "Mail at once" },
  { value: "digest", label: "In a digest" },
  { value: "off", label: "No mail" },
];

export function Preferences({ stored }: { stored: View }) {
  const before = useMemo(() => ({ topics: stored.topics, quiet_hours: stored.quiet_hours, digest: stored.digest }), [stored]);
  const [draft, change] = useState(before);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => client.PUT("/api/me/notification-preferences", { body: { ...draft, topics: wishes(draft.topics) } }),
    onSuccess: async ({ data }) => {
      queries.setQueriesData({ queryKey: KEY }, data);
      if (data) change({ topics: data.topics, quiet_hours: data.quiet_hours, digest: data.digest });
      notifications.show({ message: "Saved" });
    },
  });
  const set = (topic: string, next: Partial<Topic>) => change({ ...draft, topics: draft.topics.map((one) => (one.topic === topic ? { ...one, ...next } : one)) });
  return (
    <Form onSubmit={() => save.mutate()} error={save.error} busy={save.isPending} isChanged={JSON.stringify(draft) !== JSON.stringify(before)} discard={() => change(before)}>
      <Part title="What you are told" flush about={draft.quiet_hours ? "What is told always does not wait for quiet hours to end." : undefined}>
        {draft.topics.map((one) => (
          <div key={one.topic} className={settings.row}>
            <div className={settings.words}>
              <Text size="sm" fw={600}>{one.title}</Text>
              <Text size="xs" c="dimmed">{one.about}</Text>
            </div>
            <Group gap="md" className={classes.ways}>
              <Switch label="App" aria-label={`${one.title}: app`} checked={one.in_app} onChange={(event) => set(one.topic, { in_app: event.currentTarget.checked })} />
              <Switch label="Push" aria-label={`${one.title}: push`} checked={one.push} onChange={(event) => set(one.topic, { push: event.currentTarget.checked })} />
              <NativeSelect size="xs" w={128} aria-label={`${one.title}: e-mail`} data={MAILS} value={one.email} onChange={(event) => set(one.topic, { email: event.currentTarget.value as Topic["email"] })} />
              {draft.quiet_hours && <Checkbox label="Always" aria-label={`${one.title}: always, also in quiet hours`} checked={one.always} onChange={(event) => set(one.topic, { always: event.currentTarget.checked })} />}
            </Group>
          </div>
        ))}
      </Part>
      <Part title="When" about="What was read in the app by then is not mailed.">
        <Stack gap="md">
          <Group align="flex-end">
            <NativeSelect label="Digest" data={[{ value: "hour", label: "Every hour" }, { value: "day", label: "Once a day" }]} value={draft.digest.every} onChange={(event) => change({ ...draft, digest: { ...draft.digest, every: event.currentTarget.value as "hour" | "day" } })} />
            {draft.digest.every === "day" && <TextInput type="time" label="At" value={draft.digest.at} onChange={(event) => change({ ...draft, digest: { ...draft.digest, at: event.currentTarget.value } })} />}
          </Group>
          <Switch label="Quiet hours" description="Only the app tells you then; the rest waits until they end." checked={draft.quiet_hours !== null} onChange={(event) => change({ ...draft, quiet_hours: event.currentTarget.checked ? { since: "20:00", until: "07:00", days: [...DAYS], timezone: null } : null })} />
          {draft.quiet_hours && <QuietHours quiet={draft.quiet_hours} zone={stored.timezone} set={(quiet_hours) => change({ ...draft, quiet_hours })} />}
        </Stack>
      </Part>
    </Form>
  );
}

function QuietHours({ quiet, zone, set }: { quiet: Quiet; zone: string; set: (quiet: Quiet) => void }) {
  const days = quiet.days ?? [];
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <TextInput type="time" label="From" value={quiet.since} onChange={(event) => set({ ...quiet, since: event.currentTarget.value })} />
        <TextInput type="time" label="To" value={quiet.until} onChange={(event) => set({ ...quiet, until: event.currentTarget.value })} />
        <Select label="Time zone" searchable clearable placeholder={`The business's (${zone})`} data={Intl.supportedValuesOf("timeZone")} value={quiet.timezone ?? null} onChange={(timezone) => set({ ...quiet, timezone })} flex={1} miw={200} maw={280} clearButtonProps={{ "aria-label": "The business's time zone" }} />
      </Group>
      <Checkbox.Group label="Beginning on" value={days} onChange={(chosen) => set({ ...quiet, days: DAYS.filter((day) => chosen.includes(day)) })}>
        <Group gap="sm" mt={4}>
          {DAYS.map((day) => (
            <Checkbox key={day} value={day} label={day.charAt(0).toUpperCase() + day.slice(1)} />
          ))}
        </Group>
      </Checkbox.Group>
    </Stack>
  );
}

function wishes(topics: Topic[]): Record<string, Schemas["TopicPreference"]> {
  return Object.fromEntries(topics.map(({ topic, in_app, push, email, always }) => [topic, { in_app, push, email, always }]));
}
