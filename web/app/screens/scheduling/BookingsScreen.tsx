import { Badge, Button, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { CalendarCheck, Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { api, PAGED } from "~/api";
import { calledBy } from "~/ui/contact";
import { Empty, Failed, Lines } from "~/ui/states";
import { BookingDrawer, CancelDialog } from "./BookingDrawer";
import { type Booking, STATES, type Status, useDecide, usePeople, useServices, useZone } from "./data";
import { Frame } from "./Frame";
import { NewBooking } from "./NewBooking";
import { bookingsRoute, type BookingsSearch } from "./routes";
import classes from "./scheduling.module.css";
import { clock, dayInWords, localOf } from "./zone";

type Which = NonNullable<BookingsSearch["list"]>;

const LISTS: Record<Which, { label: string; status: Status[]; time?: "from" | "until"; order: "earliest" | "latest"; empty: string }> = {
  pending: { label: "To confirm", status: ["pending"], order: "earliest", empty: "No booking waits for a yes." },
  coming: { label: "Coming", status: ["held", "pending", "confirmed"], time: "from", order: "earliest", empty: "Nothing is booked. What agents, the booking page or you book stands here." },
  past: { label: "Past", status: ["confirmed", "completed", "no_show"], time: "until", order: "latest", empty: "Nothing took place yet." },
  cancelled: { label: "Cancelled", status: ["cancelled"], order: "latest", empty: "Nothing was cancelled." },
};

export function BookingsScreen() {
  const search = bookingsRoute.useSearch();
  const zone = useZone();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const people = usePeople(true);
  const services = useServices(true);
  const go = (change: Partial<BookingsSearch>) => void navigate({ to: "/scheduling/bookings", search: { ...search, ...change }, replace: !("booking" in change) });
  const which = search.list ?? "coming";
  const list = LISTS[which];
  const [now] = useState(() => new Date().toISOString()); // or each look would be another question
  const bookings = api.useInfiniteQuery(
    "get",
    "/api/bookings",
    { params: { query: { status: list.status, order: list.order, staff_id: search.person, service_id: search.service, ...(list.time ? { [list.time]: now } : {}), limit: 50 } } },
    PAGED,
  );
  const days = useMemo(() => byDay(bookings.data?.pages.flatMap((page) => page.items) ?? [], zone ?? "UTC"), [bookings.data, zone]);
  return (
    <Frame
      actions={
        <Button leftSection={<Plus size={14} />} disabled={!zone} onClick={() => setAdding(true)}>
          New booking
        </Button>
      }
    >
      <div className={classes.inner}>
        <Group gap="sm" mb="md">
          <SegmentedControl size="xs" aria-label="Which bookings" data={Object.entries(LISTS).map(([value, { label }]) => ({ value, label }))} value={which} onChange={(value) => go({ list: value as Which })} />
          <Select size="xs" aria-label="With whom" placeholder="With anybody" clearable data={(people.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={search.person ?? null} onChange={(value) => go({ person: value ?? undefined })} />
          <Select size="xs" aria-label="Service" placeholder="Every service" clearable data={(services.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={search.service ?? null} onChange={(value) => go({ service: value ?? undefined })} />
        </Group>
        {bookings.isPending && <Lines />}
        {bookings.error && <Failed error={bookings.error} retry={() => void bookings.refetch()} />}
        {bookings.data && !days.length && (
          <Empty icon={<CalendarCheck size={28} />} title="None">
            {list.empty}
          </Empty>
        )}
        {zone &&
          days.map(([day, items]) => (
            <section key={day}>
              <h2 className={classes.day}>{dayInWords(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })}</h2>
              <ul className={classes.list}>
                {items.map((booking) => (
                  <Row key={booking.id} booking={booking} zone={zone} open={() => go({ booking: booking.id })} />
                ))}
              </ul>
            </section>
          ))}
        {bookings.hasNextPage && (
          <Button variant="default" mt="md" loading={bookings.isFetchingNextPage} onClick={() => void bookings.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
      {zone && <BookingDrawer id={search.booking} zone={zone} close={() => go({ booking: undefined })} />}
      {zone && adding && <NewBooking zone={zone} prefill={{}} close={() => setAdding(false)} />}
    </Frame>
  );
}

function byDay(bookings: Booking[], zone: string): [string, Booking[]][] {
  const days = new Map<string, Booking[]>();
  for (const booking of bookings) {
    const { day } = localOf(booking.starts_at, zone);
    days.set(day, [...(days.get(day) ?? []), booking]);
  }
  return [...days];
}

function Row({ booking, zone, open }: { booking: Booking; zone: string; open: () => void }) {
  const decide = useDecide();
  const [declining, setDeclining] = useState(false);
  const state = STATES[booking.status];
  return (
    <li className={classes.row}>
      <span className={classes.time}>
        {clock(localOf(booking.starts_at, zone).minutes)}–{clock(localOf(booking.ends_at, zone).minutes)}
      </span>
      <div className={classes.grow}>
        <button type="button" className={classes.title} onClick={open}>
          {calledBy(booking.contact_name, false)}
        </button>
        <Text size="xs" c="dimmed">
          {booking.service} with {booking.staff}
          {booking.note && ` · ${booking.note}`}
        </Text>
      </div>
      {booking.status === "pending" && (
        <Group gap={6}>
          <Button size="compact-xs" onClick={() => decide.mutate({ id: booking.id, decision: "confirm" })}>
            Confirm
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => setDeclining(true)}>
            Decline
          </Button>
        </Group>
      )}
      <Badge color={state.color}>{state.text}</Badge>
      {declining && <CancelDialog booking={booking} close={() => setDeclining(false)} />}
    </li>
  );
}
