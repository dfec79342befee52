/** Usual opening hours, and days on which others hold. */
import { ActionIcon, Button, Group, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { Fragment, useMemo, useState } from "react";
import type { Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "./Part";
import { useChangeSettings, useWorkspaceSettings } from "./useWorkspaceSettings";
import classes from "./Settings.module.css";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
type Day = (typeof DAYS)[number];
type Special = { date: string; hours: string[]; note: string };
type Draft = { usual: Record<Day, string[]>; special: Special[] };

function draftOf(settings: Schemas["WorkspaceSettings"]): Draft {
  const usual = Object.fromEntries(DAYS.map((day) => [day, (settings.business_hours[day] as string[] | undefined) ?? []])) as Draft["usual"];
  const special = (settings.hours_exceptions as { date: string; hours: string[]; note?: string | null }[]).map((one) => ({ ...one, note: one.note ?? "" }));
  return { usual, special };
}

export default function Hours() {
  const { data, error, refetch } = useWorkspaceSettings();
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  return <Editor settings={data} />;
}

function Editor({ settings }: { settings: Schemas["WorkspaceSettings"] }) {
  const isAdmin = useIsAdmin();
  const before = useMemo(() => draftOf(settings), [settings]);
  const [draft, change] = useState(before);
  const save = useChangeSettings();
  const isChanged = JSON.stringify(draft) !== JSON.stringify(before);
  const submit = () => save.mutate({ business_hours: draft.usual, hours_exceptions: draft.special.map((one) => ({ ...one, note: one.note.trim() || null })) });
  const setSpecial = (index: number, next: Partial<Special>) => change({ ...draft, special: draft.special.map((one, at) => (at === index ? { ...one, ...next } : one)) });
  return (
    <Form onSubmit={submit} error={save.error} busy={save.isPending} isChanged={isChanged} discard={() => change(before)} readOnly={!isAdmin}>
      <Part title="Usual hours" about={`In ${settings.timezone}. A day without hours is closed; a break is two spans, such as 08:00-12:00 and 13:00-18:00.`}>
        <div className={classes.hours}>
          {DAYS.map((day) => {
            const label = day.charAt(0).toUpperCase() + day.slice(1);
            return (
              <Fragment key={day}>
                <Text size="sm" id={`day-${day}`}>{label}</Text>
                <TagsInput aria-labelledby={`day-${day}`} size="xs" placeholder={draft.usual[day].length ? "" : "Closed"} value={draft.usual[day]} onChange={(hours) => change({ ...draft, usual: { ...draft.usual, [day]: hours } })} acceptValueOnBlur />
              </Fragment>
            );
          })}
        </div>
      </Part>
      <Part title="Special days" about="Holidays, and days with other hours.">
        <Stack gap="xs">
          {draft.special.map((one, index) => (
            <Group key={index} gap="xs" wrap="wrap" align="flex-start">
              <TextInput type="date" size="xs" aria-label="Date" value={one.date} onChange={(event) => setSpecial(index, { date: event.currentTarget.value })} />
              <TagsInput size="xs" aria-label={`Hours on ${one.date}`} flex={1} miw={140} placeholder={one.hours.length ? "" : "Closed"} value={one.hours} onChange={(hours) => setSpecial(index, { hours })} acceptValueOnBlur />
              <TextInput size="xs" flex={1} miw={140} aria-label={`Why, on ${one.date}`} placeholder="Christmas Eve" maxLength={200} value={one.note} onChange={(event) => setSpecial(index, { note: event.currentTarget.value })} />
              <ActionIcon variant="subtle" color="gray" size="md" aria-label={`Remove ${one.date}`} onClick={() => change({ ...draft, special: draft.special.filter((_, at) => at !== index) })}><Trash2 size={15} /></ActionIcon>
            </Group>
          ))}
          <div>
            <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => change({ ...draft, special: [...draft.special, { date: new Date().toISOString().slice(0, 10), hours: [], note: "" }] })}>
              Add a day
            </Button>
          </div>
        </Stack>
      </Part>
    </Form>
  );
}
