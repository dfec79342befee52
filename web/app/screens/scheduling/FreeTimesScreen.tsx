import { Group, Select, Text, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { CalendarSearch } from "lucide-react";
import { useMemo, useState } from "react";
import { api } from "~/api";
import { Empty, Failed, Lines } from "~/ui/states";
import { type Slot, usePeople, useServices, useZone } from "./data";
import { Frame } from "./Frame";
import { NewBooking, type Prefill } from "./NewBooking";
import { freeTimesRoute } from "./routes";
import classes from "./scheduling.module.css";
import { addDays, clock, dayInWords, instantOf, isDay, localOf } from "./zone";

const DAYS = 14;

/** What agents and the booking page would offer: the same question as theirs. */
export function FreeTimesScreen() {
  const search = freeTimesRoute.useSearch();
  const navigate = useNavigate();
  const zone = useZone();
  const services = useServices();
  const people = usePeople();
  const [booking, setBooking] = useState<Prefill | null>(null);
  const serviceId = search.service ?? services.data?.items[0]?.id;
  const service = services.data?.items.find((one) => one.id === serviceId);
  const today = zone && localOf(new Date(), zone).day;
  const day = search.day ?? today;
  const [typed, type] = useState<string>(); // on its way to a day
  const slots = api.useQuery(
    "get",
    "/api/availability",
    {
      params: {
        query: {
          service_id: serviceId ?? "",
          staff_id: search.person,
          limit: 500,
          ...(zone && day ? { from: instantOf(day, 0, zone).toISOString(), until: instantOf(addDays(day, DAYS), 0, zone).toISOString() } : {}),
        },
      },
    },
    { enabled: Boolean(serviceId && zone) },
  );
  const days = useMemo(() => byDay(slots.data?.items ?? [], zone ?? "UTC"), [slots.data, zone]);
  const go = (change: typeof search) => void navigate({ to: "/scheduling/availability", search: { ...search, ...change }, replace: true });
  const choose = (text: string) => {
    type(text);
    if (!text || isDay(text)) go({ day: text || undefined });
  };
  return (
    <Frame>
      <div className={classes.inner}>
        <Text size="sm" c="dimmed" mb="sm">
          What agents and the booking page would offer now, by hours, days off, notice, buffers and what is booked.
        </Text>
        <Group gap="sm" mb="md" align="flex-end">
          <Select label="Service" size="xs" allowDeselect={false} data={(services.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={serviceId ?? null} onChange={(value) => go({ service: value ?? undefined, person: undefined })} />
          <Select
            label="With"
            size="xs"
            clearable
            placeholder="whoever is free"
            data={(people.data?.items ?? []).filter((person) => service?.staff_ids.includes(person.id)).map(({ id, name }) => ({ value: id, label: name }))}
            value={search.person ?? null}
            onChange={(value) => go({ person: value ?? undefined })}
          />
          <TextInput label="From" type="date" size="xs" value={typed ?? day ?? ""} onChange={(event) => choose(event.currentTarget.value)} onBlur={() => type(undefined)} />
        </Group>
        {services.data?.items.length === 0 && (
          <Empty icon={<CalendarSearch size={28} />} title="Nothing can be booked yet">
            <Link to="/scheduling/services">Add a service</Link> first.
          </Empty>
        )}
        {serviceId && slots.isPending && <Lines count={4} />}
        {slots.error && <Failed error={slots.error} retry={() => void slots.refetch()} />}
        {slots.data && !days.length && (
          <Empty icon={<CalendarSearch size={28} />} title={`Nothing is free in these ${DAYS} days`}>
            Look at <Link to="/scheduling/people">hours and days off</Link>, at who <Link to="/scheduling/services">gives the service</Link>, and at its notice.
          </Empty>
        )}
        {days.map(([each, found]) => (
          <section key={each}>
            <h2 className={classes.day}>{dayInWords(each)}</h2>
            <div className={classes.slots}>
              {found.map((slot) => (
                <button key={slot.starts_at} type="button" className={classes.slot} onClick={() => setBooking({ day: each, staffId: slot.staff_id })}>
                  {clock(localOf(slot.starts_at, zone!).minutes)}
                  <small>{slot.staff}</small>
                </button>
              ))}
            </div>
          </section>
        ))}
      </div>
      {zone && booking && <NewBooking zone={zone} prefill={booking} close={() => setBooking(null)} />}
    </Frame>
  );
}

function byDay(slots: Slot[], zone: string): [string, Slot[]][] {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const { day } = localOf(slot.starts_at, zone);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return [...days];
}
