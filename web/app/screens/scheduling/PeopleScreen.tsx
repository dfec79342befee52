import { Badge, Button, Drawer, Group, MultiSelect, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus, Users } from "lucide-react";
import { useState } from "react";
import { client } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { type Person, renewed, type Service, usePeople, useServices, useZone } from "./data";
import { Frame } from "./Frame";
import { DaysEditor, WeekEditor } from "./Hours";
import { peopleRoute } from "./routes";
import classes from "./scheduling.module.css";
import { localOf } from "./zone";

const OFFICE = { monday: ["09:00-17:00"], tuesday: ["09:00-17:00"], wednesday: ["09:00-17:00"], thursday: ["09:00-17:00"], friday: ["09:00-17:00"] };

export function PeopleScreen() {
  const { person: opened } = peopleRoute.useSearch();
  const navigate = useNavigate();
  const admin = useIsAdmin();
  const zone = useZone();
  const people = usePeople(true);
  const services = useServices(true);
  const open = (person?: string) => void navigate({ to: "/scheduling/people", search: { person } });
  const shown = people.data?.items.find((person) => person.id === opened);
  const add = admin && (
    <Button leftSection={<Plus size={14} />} onClick={() => open("new")}>
      Add somebody
    </Button>
  );
  return (
    <Frame actions={add}>
      <div className={classes.inner}>
        {people.isPending && <Lines />}
        {people.error && <Failed error={people.error} retry={() => void people.refetch()} />}
        {people.data?.items.length === 0 && (
          <Empty icon={<Users size={28} />} title="Nobody has a calendar yet" action={add}>
            Appointments are with somebody: a colleague or a room, with hours, days off and services.
          </Empty>
        )}
        {(people.data?.items.length ?? 0) > 0 && (
          <ul className={classes.list}>
            {people.data!.items.map((person) => (
              <li key={person.id} className={classes.row}>
                <div className={classes.grow}>
                  <Link to="/scheduling/people" search={{ person: person.id }} className={classes.title}>
                    {person.name}
                  </Link>
                  <Text size="xs" c="dimmed">
                    {person.hours ? "own hours" : "the business’s hours"}
                    {person.timezone && ` · ${person.timezone}`}
                    {` · ${person.service_ids.length} of ${services.data?.items.length ?? "…"} services`}
                    {daysOff(person, zone)}
                  </Text>
                </div>
                {person.enabled ? <Badge color="teal">Bookable</Badge> : <Badge color="gray">Off</Badge>}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Drawer opened={opened === "new" || Boolean(shown)} onClose={() => open()} position="right" size="lg" title={shown?.name ?? "New calendar"}>
        {(opened === "new" || shown) && services.data && zone && <PersonForm key={opened} person={shown} services={services.data.items} zone={zone} readOnly={!admin} close={() => open()} />}
      </Drawer>
    </Frame>
  );
}

function daysOff(person: Person, zone: string | undefined): string {
  const today = localOf(new Date(), zone ?? "UTC").day;
  const coming = person.exceptions.filter((one) => one.date >= today).length;
  return coming ? ` · ${coming} different ${coming === 1 ? "day" : "days"} ahead` : "";
}

type Values = Pick<Person, "name" | "enabled" | "hours" | "exceptions" | "service_ids"> & { email: string; timezone: string | null };

function PersonForm({ person, services, zone, readOnly, close }: { person?: Person; services: Service[]; zone: string; readOnly: boolean; close: () => void }) {
  const [removing, setRemoving] = useState(false);
  const form = useForm<Values>({
    initialValues: {
      name: person?.name ?? "",
      email: person?.email ?? "",
      timezone: person?.timezone ?? null,
      enabled: person?.enabled ?? true,
      hours: person?.hours ?? null,
      exceptions: person?.exceptions ?? [],
      service_ids: person?.service_ids ?? services.map((service) => service.id),
    },
    validate: { name: (value) => (value.trim() ? null : "A name is needed") },
  });
  const lists = ["/api/calendar/people", "/api/services", "/api/calendar/hours", "/api/availability"];
  const save = useAct(
    (values: Values) => {
      const body = { ...values, name: values.name.trim(), email: values.email.trim() || null, position: person?.position ?? 0 };
      return person ? client.PATCH("/api/calendar/people/{staff_id}", { params: { path: { staff_id: person.id } }, body }) : client.POST("/api/calendar/people", { body });
    },
    { guess: () => renewed(...lists), done: "Saved", onDone: close, failed: "It was not saved" },
  );
  const remove = useAct(() => client.DELETE("/api/calendar/people/{staff_id}", { params: { path: { staff_id: person!.id } } }), { failed: "They stay in the calendar", guess: () => renewed(...lists), done: "Removed", onDone: close });
  const { values } = form;
  return (
    <form onSubmit={form.onSubmit((given) => save.mutate(given))}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack>
          <Switch label="Can be booked" {...form.getInputProps("enabled", { type: "checkbox" })} />
          <Group grow align="flex-start">
            <TextInput label="Name" data-autofocus maxLength={200} {...form.getInputProps("name")} />
            <TextInput label="E-mail address" type="email" description="for mails about their bookings" inputWrapperOrder={["label", "input", "description", "error"]} {...form.getInputProps("email")} />
          </Group>
          <MultiSelect label="Gives" data={services.map(({ id, name }) => ({ value: id, label: name }))} {...form.getInputProps("service_ids")} />
          <Select label="Time zone" searchable clearable placeholder={`the workspace’s (${zone})`} data={Intl.supportedValuesOf("timeZone")} limit={60} {...form.getInputProps("timezone")} />
          <Switch label="Own hours" description="Otherwise the business’s opening hours" checked={values.hours !== null} onChange={(event) => form.setFieldValue("hours", event.currentTarget.checked ? OFFICE : null)} />
          {values.hours && <WeekEditor value={values.hours} onChange={(hours) => form.setFieldValue("hours", hours)} />}
          <div>
            <Text size="sm" fw={500} mb={6}>
              Days off, and days with other hours
            </Text>
            <DaysEditor value={values.exceptions} onChange={(exceptions) => form.setFieldValue("exceptions", exceptions)} firstDay={localOf(new Date(), zone).day} />
          </div>
          {!readOnly && (
            <Group justify="space-between">
              {person ? (
                <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
                  Remove…
                </Button>
              ) : (
                <span />
              )}
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
      {person && (
        <Confirm opened={removing} close={() => setRemoving(false)} title={`Remove ${person.name}?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          Who was ever booked can be switched off, not removed.
        </Confirm>
      )}
    </form>
  );
}
