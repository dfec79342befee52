import { Anchor, Button, ColorInput, CopyButton, Group, MultiSelect, NumberInput, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { api, client } from "~/api";
import { useIsAdmin, useMe } from "~/session";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { renewed, type Settings } from "./data";
import { Feeds } from "./Feeds";
import { Frame } from "./Frame";
import classes from "./scheduling.module.css";

const BEFORE: [number, string][] = [
  [10_080, "a week before"],
  [2_880, "two days before"],
  [1_440, "a day before"],
  [240, "four hours before"],
  [120, "two hours before"],
  [60, "an hour before"],
  [30, "half an hour before"],
];

export function SettingsScreen() {
  const settings = api.useQuery("get", "/api/settings/booking");
  const admin = useIsAdmin();
  return (
    <Frame>
      <div className={classes.inner}>
        {settings.isPending && <Lines />}
        {settings.error && <Failed error={settings.error} retry={() => void settings.refetch()} />}
        {settings.data && (
          <Stack gap="xl" maw={640}>
            <PublicPage on={settings.data.page} />
            <SettingsForm key={JSON.stringify(settings.data)} settings={settings.data} readOnly={!admin} />
            <Feeds readOnly={!admin} />
          </Stack>
        )}
      </div>
    </Frame>
  );
}

function PublicPage({ on }: { on: boolean }) {
  const me = useMe();
  const address = me.data && `${location.origin}/book/${me.data.workspace.slug}`;
  if (!address) return null;
  return (
    <div className={classes.card}>
      <Group justify="space-between">
        <div className={classes.grow}>
          <Text size="sm" fw={600}>
            {on ? "Anybody can book at this address" : "The booking page is switched off"}
          </Text>
          {on ? (
            <Anchor href={address} target="_blank" rel="noopener" size="sm">
              {address}
            </Anchor>
          ) : (
            <Text size="sm" c="dimmed">
              It would be {address}
            </Text>
          )}
        </div>
        <CopyButton value={address}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </div>
  );
}

function before(values: number[]): { value: string; label: string }[] {
  const known = new Map(BEFORE);
  for (const minutes of values) if (!known.has(minutes)) known.set(minutes, `${minutes} minutes before`);
  return [...known].sort(([one], [other]) => other - one).map(([minutes, label]) => ({ value: String(minutes), label }));
}

function SettingsForm({ settings, readOnly }: { settings: Settings; readOnly: boolean }) {
  const form = useForm({
    initialValues: {
      ...settings,
      colour: settings.colour ?? "",
      cancel_notice_minutes: settings.cancel_notice_minutes / 60,
      reminders: settings.reminders.map(String),
      person_reminders: settings.person_reminders.map(String),
    },
    validate: { colour: (value) => (!value || /^#[0-9a-f]{6}$/i.test(value) ? null : "A colour like #0f766e") },
  });
  const { values } = form;
  const save = useAct(
    (given: typeof values) =>
      client.PATCH("/api/settings/booking", {
        body: {
          ...given,
          colour: given.colour || null,
          cancel_notice_minutes: Math.round(Number(given.cancel_notice_minutes) * 60),
          reminders: given.reminders.map(Number),
          person_reminders: given.person_reminders.map(Number),
        },
      }),
    { guess: () => renewed("/api/settings/booking"), done: "Saved", failed: "It was not saved" },
  );
  const quiet = values.quiet_hours;
  return (
    <form onSubmit={form.onSubmit((given) => save.mutate(given))}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack>
          <Title order={2} size="h3">
            Booking page
          </Title>
          <Switch label="Anybody may book on the page" {...form.getInputProps("page", { type: "checkbox" })} />
          <Switch label="Clients choose with whom" {...form.getInputProps("choose_person", { type: "checkbox" })} />
          <Textarea label="Introduction" description="At the top of the page" autosize minRows={2} maxRows={8} maxLength={2_000} {...form.getInputProps("introduction")} />
          <ColorInput label="Colour" description="Of buttons and links; shades that can be read are taken" placeholder="ours" format="hex" withEyeDropper={false} w={260} swatches={["#0f766e", "#1d4ed8", "#7c3aed", "#be123c", "#b45309", "#15803d"]} {...form.getInputProps("colour")} />
          <NumberInput label="Clients may move and cancel until" description="hours before it begins" min={0} max={720} w={260} {...form.getInputProps("cancel_notice_minutes")} />
          <TagsInput label="Web sites that may show the page in a frame" placeholder="https://clinic.example" {...form.getInputProps("embed_on")} />

          <Title order={2} size="h3" mt="md">
            Mails
          </Title>
          <Switch label="Clients get mails about their bookings" {...form.getInputProps("invitations", { type: "checkbox" })} />
          <MultiSelect label="Reminders of clients" placeholder={values.reminders.length ? undefined : "none"} data={before(settings.reminders)} {...form.getInputProps("reminders")} />
          <MultiSelect label="Reminders of whoever the booking is with" placeholder={values.person_reminders.length ? undefined : "none"} data={before(settings.person_reminders)} {...form.getInputProps("person_reminders")} />
          <Switch label="No reminders at night" checked={quiet !== null} onChange={(event) => form.setFieldValue("quiet_hours", event.currentTarget.checked ? { since: "21:00", until: "08:00" } : null)} />
          {quiet && (
            <Group gap="xs">
              <TextInput type="time" size="xs" label="from" value={quiet.since} onChange={(event) => form.setFieldValue("quiet_hours", { ...quiet, since: event.currentTarget.value })} />
              <TextInput type="time" size="xs" label="until" value={quiet.until} onChange={(event) => form.setFieldValue("quiet_hours", { ...quiet, until: event.currentTarget.value })} />
            </Group>
          )}
          <Select
            label="When a client declines in their calendar"
            allowDeselect={false}
            data={[
              { value: "task", label: "a task for the team" },
              { value: "cancel", label: "the booking is cancelled" },
            ]}
            {...form.getInputProps("declined")}
          />
          <Select
            label="A day after it ended, if nobody said how it went"
            allowDeselect={false}
            data={[
              { value: "complete", label: "it counts as completed" },
              { value: "task", label: "a task for the team" },
              { value: "nothing", label: "nothing" },
            ]}
            {...form.getInputProps("after")}
          />
          {!readOnly && (
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}
