import { Badge, Button, Checkbox, Drawer, Group, MultiSelect, NumberInput, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate } from "@tanstack/react-router";
import { ListChecks, Plus } from "lucide-react";
import { useState } from "react";
import { client } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { type Person, renewed, type Service, usePeople, useServices } from "./data";
import { Frame } from "./Frame";
import { servicesRoute } from "./routes";
import classes from "./scheduling.module.css";

export function ServicesScreen() {
  const { service: opened } = servicesRoute.useSearch();
  const navigate = useNavigate();
  const admin = useIsAdmin();
  const services = useServices(true);
  const people = usePeople(true);
  const open = (service?: string) => void navigate({ to: "/scheduling/services", search: { service } });
  const add = admin && (
    <Button leftSection={<Plus size={14} />} onClick={() => open("new")}>
      Add a service
    </Button>
  );
  const shown = services.data?.items.find((service) => service.id === opened);
  return (
    <Frame actions={add}>
      <div className={classes.inner}>
        {services.isPending && <Lines />}
        {services.error && <Failed error={services.error} retry={() => void services.refetch()} />}
        {services.data?.items.length === 0 && (
          <Empty icon={<ListChecks size={28} />} title="Nothing can be booked yet" action={add}>
            A service has a length, a price and rules. Agents, the booking page and you book what stands here.
          </Empty>
        )}
        {(services.data?.items.length ?? 0) > 0 && (
          <ul className={classes.list}>
            {services.data!.items.map((service) => (
              <li key={service.id} className={classes.row}>
                <div className={classes.grow}>
                  <Link to="/scheduling/services" search={{ service: service.id }} className={classes.title}>
                    {service.name}
                  </Link>
                  <Text size="xs" c="dimmed">
                    {service.duration_minutes} min{service.price !== null && ` · ${service.price} ${service.currency}`} · {givers(service, people.data?.items ?? [])}
                  </Text>
                </div>
                {service.needs_confirmation && <Badge color="orange">Waits for a yes</Badge>}
                {!service.enabled ? <Badge color="gray">Off</Badge> : !service.staff_ids.length ? <Badge color="red">Nobody gives it</Badge> : <Badge color="teal">Bookable</Badge>}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Drawer opened={opened === "new" || Boolean(shown)} onClose={() => open()} position="right" size="md" title={shown?.name ?? "New service"}>
        {(opened === "new" || shown) && people.data && <ServiceForm key={opened} service={shown} people={people.data.items} readOnly={!admin} close={() => open()} />}
      </Drawer>
    </Frame>
  );
}

function givers(service: Service, people: Person[]): string {
  const names = people.filter((person) => service.staff_ids.includes(person.id)).map((person) => person.name);
  return names.length ? names.join(", ") : "nobody";
}

const DEFAULTS = {
  name: "",
  description: "",
  duration_minutes: 30 as number | string,
  buffer_before: 0 as number | string,
  buffer_after: 0 as number | string,
  price: "" as number | string,
  currency: "EUR",
  minimum_notice_minutes: 0 as number | string,
  maximum_advance_days: 90 as number | string,
  step_minutes: 15 as number | string,
  needs_confirmation: false,
  enabled: true,
  staff_ids: [] as string[],
};
type Values = typeof DEFAULTS;

function bodyOf(values: Values, position: number) {
  const priced = values.price !== "";
  return {
    ...values,
    position,
    name: values.name.trim(),
    duration_minutes: Number(values.duration_minutes),
    buffer_before: Number(values.buffer_before),
    buffer_after: Number(values.buffer_after),
    minimum_notice_minutes: Number(values.minimum_notice_minutes),
    maximum_advance_days: Number(values.maximum_advance_days),
    step_minutes: Number(values.step_minutes),
    price: priced ? String(values.price) : null,
    currency: priced ? values.currency.trim().toUpperCase() : null,
  };
}

function ServiceForm({ service, people, readOnly, close }: { service?: Service; people: Person[]; readOnly: boolean; close: () => void }) {
  const [removing, setRemoving] = useState(false);
  const form = useForm<Values>({
    initialValues: service
      ? { ...DEFAULTS, ...Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, service[name as keyof Service] ?? DEFAULTS[name as keyof Values]])), price: service.price ?? "" }
      : { ...DEFAULTS, staff_ids: people.filter((person) => person.enabled).map((person) => person.id) },
    validate: { name: (value) => (value.trim() ? null : "A name is needed"), duration_minutes: (value) => (Number(value) >= 1 ? null : "At least a minute") },
  });
  const lists = ["/api/services", "/api/calendar/people", "/api/availability"];
  const save = useAct(
    (values: Values) => (service ? client.PATCH("/api/services/{service_id}", { params: { path: { service_id: service.id } }, body: bodyOf(values, service.position) }) : client.POST("/api/services", { body: bodyOf(values, 0) })),
    { guess: () => renewed(...lists), done: "Saved", onDone: close, failed: "It was not saved" },
  );
  const remove = useAct(() => client.DELETE("/api/services/{service_id}", { params: { path: { service_id: service!.id } } }), { failed: "The service stays", guess: () => renewed(...lists), done: "Removed", onDone: close });
  const number = (name: keyof Values, label: string, rest: { description?: string; min?: number; max: number; step?: number }) => <NumberInput label={label} min={0} allowDecimal={false} {...rest} {...form.getInputProps(name)} />;
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack>
          <Switch label="Can be booked" {...form.getInputProps("enabled", { type: "checkbox" })} />
          <TextInput label="Name" data-autofocus maxLength={200} {...form.getInputProps("name")} />
          <Textarea label="Description" autosize minRows={2} maxRows={6} maxLength={2_000} {...form.getInputProps("description")} />
          <Group grow align="flex-start">
            {number("duration_minutes", "Minutes", { min: 1, max: 1_440, step: 5 })}
            <NumberInput label="Price" min={0} decimalScale={2} placeholder="none" {...form.getInputProps("price")} />
            <TextInput label="Currency" maxLength={3} disabled={form.values.price === ""} {...form.getInputProps("currency")} />
          </Group>
          <MultiSelect label="Who gives it" data={people.map((person) => ({ value: person.id, label: person.enabled ? person.name : `${person.name} (off)` }))} {...form.getInputProps("staff_ids")} />
          <Group grow align="flex-start">
            {number("buffer_before", "Free before", { max: 1_440, step: 5, description: "minutes" })}
            {number("buffer_after", "Free after", { max: 1_440, step: 5, description: "minutes" })}
            {number("step_minutes", "Offered every", { min: 5, max: 1_440, step: 5, description: "minutes" })}
          </Group>
          <Group grow align="flex-start">
            {number("minimum_notice_minutes", "Notice", { max: 525_600, step: 60, description: "minutes before it begins" })}
            {number("maximum_advance_days", "Booked ahead", { min: 1, max: 730, description: "days at most" })}
          </Group>
          <Checkbox label="Each booking waits for our yes" {...form.getInputProps("needs_confirmation", { type: "checkbox" })} />
          {!readOnly && (
            <Group justify="space-between">
              {service ? (
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
      {service && (
        <Confirm opened={removing} close={() => setRemoving(false)} title={`Remove “${service.name}”?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          What was ever booked can be switched off, not removed.
        </Confirm>
      )}
    </form>
  );
}
