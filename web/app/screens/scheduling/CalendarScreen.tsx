import { ActionIcon, Button, Group, Loader, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import { CalendarDays, ChevronLeft, ChevronRight, Plus } from "lucide-react";
import { type CSSProperties, useEffect, useMemo, useState } from "react";
import { api } from "~/api";
import { isTyping } from "~/shell/keys";
import { Empty, Failed, Lines } from "~/ui/states";
import { BookingDrawer } from "./BookingDrawer";
import { colourOf, KEEPS_TIME, type Person, useAllBookings, usePeople, useZone } from "./data";
import { Frame } from "./Frame";
import { type Column, Grid } from "./Grid";
import { hoursShown, placed } from "./layout";
import { MoveConfirm, type Wish } from "./MoveConfirm";
import { NewBooking, type Prefill } from "./NewBooking";
import { calendarRoute, type CalendarSearch } from "./routes";
import classes from "./scheduling.module.css";
import { addDays, dayInWords, instantOf, localOf, weekOf } from "./zone";

export function CalendarScreen() {
  const zone = useZone();
  const people = usePeople();
  const [adding, setAdding] = useState<Prefill | null>(null);
  const actions = (
    <Button leftSection={<Plus size={14} />} onClick={() => setAdding({})} disabled={!zone}>
      New booking
    </Button>
  );
  return (
    <Frame full actions={actions}>
      {(!zone || people.isPending) && !people.error && <Lines count={8} />}
      {people.error && <Failed error={people.error} retry={() => void people.refetch()} />}
      {people.data?.items.length === 0 && (
        <Empty icon={<CalendarDays size={28} />} title="Nobody has a calendar yet" action={<Button component={Link} to="/scheduling/people">Add people</Button>}>
          Say whom appointments are with and when they work; then services, and whatever agents and the booking page book stands here.
        </Empty>
      )}
      {zone && people.data && people.data.items.length > 0 && <Calendar zone={zone} everybody={people.data.items} create={setAdding} />}
      {zone && adding && <NewBooking zone={zone} prefill={adding} close={() => setAdding(null)} />}
    </Frame>
  );
}

function Calendar({ zone, everybody, create }: { zone: string; everybody: Person[]; create: (prefill: Prefill) => void }) {
  const search = calendarRoute.useSearch();
  const navigate = useNavigate();
  const phone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const today = localOf(new Date(), zone).day;
  const view = search.view ?? (phone ? "day" : "week");
  const day = search.day ?? today;
  const [wish, setWish] = useState<Wish | null>(null);
  const go = (change: Partial<CalendarSearch>) => void navigate({ to: "/scheduling", search: { ...search, ...change } });

  const chosen = search.people?.split(",");
  const people = everybody.filter((person) => !chosen || chosen.includes(person.id));
  const days = useMemo(() => (view === "week" ? weekOf(day) : [day]), [view, day]);
  const from = instantOf(days[0]!, 0, zone).toISOString();
  const until = instantOf(addDays(days.at(-1)!, 1), 0, zone).toISOString();
  const bookings = useAllBookings({ from, until, status: KEEPS_TIME }, true);
  const hours = api.useQuery("get", "/api/calendar/hours", { params: { query: { from, until } } });

  const step = view === "week" ? 7 : 1;
  const back = () => go({ day: addDays(day, -step) });
  const forth = () => go({ day: addDays(day, step) });
  useKeys({ t: () => go({ day: undefined }), d: () => go({ view: "day" }), w: () => go({ view: "week" }), ArrowLeft: back, ArrowRight: forth });

  const columns = useMemo(() => columnsOf({ view, days, people, zone, bookings: bookings.data ?? [], work: hours.data?.items ?? [] }), [view, days, people, zone, bookings.data, hours.data]);
  const shown = hoursShown(columns.flatMap((column) => [...column.work, ...placed(column.bookings, column.day, zone)]));
  const toggle = (id: string) => {
    const next = everybody.filter((person) => (person.id === id) !== people.includes(person)).map((person) => person.id);
    go({ people: next.length === everybody.length || !next.length ? undefined : next.join(",") });
  };

  return (
    <>
      <div className={classes.bar}>
        <Group gap={4}>
          <Button variant="default" onClick={() => go({ day: undefined })}>
            Today
          </Button>
          <ActionIcon variant="subtle" color="gray" onClick={back} aria-label={view === "week" ? "Week before" : "Day before"}>
            <ChevronLeft size={18} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" onClick={forth} aria-label={view === "week" ? "Week after" : "Day after"}>
            <ChevronRight size={18} />
          </ActionIcon>
        </Group>
        <Text className={classes.range} aria-live="polite">
          {view === "day" ? dayInWords(day, { weekday: "short", day: "numeric", month: "long", year: "numeric" }) : `${dayInWords(days[0]!, { day: "numeric", month: "short" })} – ${dayInWords(days[6]!, { day: "numeric", month: "short", year: "numeric" })}`}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="View"
          data={[
            { value: "day", label: "Day" },
            { value: "week", label: "Week" },
          ]}
          value={view}
          onChange={(value) => go({ view: value as "day" | "week" })}
        />
        {everybody.length > 1 && (
          <div className={classes.chips} role="group" aria-label="Whose calendars">
            {everybody.map((person) => (
              <button key={person.id} type="button" className={classes.chip} aria-pressed={people.includes(person)} onClick={() => toggle(person.id)} style={{ "--own": `var(--mantine-color-${colourOf(everybody, person.id)}-filled)` } as CSSProperties}>
                <i />
                {person.name}
              </button>
            ))}
          </div>
        )}
        <Text size="xs" c="dimmed" ml="auto">
          {bookings.isFetching && <Loader size={11} mr={6} />}
          {zone}
        </Text>
      </div>
      {bookings.error ? (
        <Failed error={bookings.error} retry={() => void bookings.refetch()} />
      ) : bookings.isPending ? (
        <Lines count={8} />
      ) : (
        <Grid
          columns={columns}
          from={shown.from}
          until={shown.until}
          zone={zone}
          colour={(id) => colourOf(everybody, id)}
          open={(booking) => go({ booking: booking.id })}
          create={(column, minutes) => create({ day: column.day, minutes, staffId: column.staffId ?? (people.length === 1 ? people[0]!.id : undefined) })}
          move={(booking, column, minutes) => setWish({ booking, startsAt: instantOf(column.day, minutes, zone).toISOString(), staffId: column.staffId ?? booking.staff_id, staff: everybody.find((person) => person.id === (column.staffId ?? booking.staff_id))?.name ?? booking.staff })}
        />
      )}
      {wish && <MoveConfirm wish={wish} zone={zone} close={() => setWish(null)} />}
      <BookingDrawer id={search.booking} zone={zone} close={() => go({ booking: undefined })} />
    </>
  );
}

type Sources = { view: "day" | "week"; days: string[]; people: Person[]; zone: string; bookings: Column["bookings"]; work: { staff_id: string; spans: { starts_at: string; ends_at: string }[] }[] };

/** A column for each person of a day, or for each day of a week. */
function columnsOf({ view, days, people, zone, bookings, work }: Sources): Column[] {
  const mine = bookings.filter((booking) => people.some((person) => person.id === booking.staff_id));
  const worked = (day: string, whose: readonly Person[]) =>
    work
      .filter((one) => whose.some((person) => person.id === one.staff_id))
      .flatMap((one) => one.spans)
      .flatMap(({ starts_at, ends_at }) => {
        const [begin, end] = [localOf(starts_at, zone), localOf(ends_at, zone)];
        if (begin.day > day || end.day < day) return [];
        const span = { from: begin.day < day ? 0 : begin.minutes, until: end.day > day ? 1_440 : end.minutes };
        return span.from < span.until ? [span] : [];
      });
  const on = (day: string) => mine.filter((booking) => localOf(booking.starts_at, zone).day <= day && localOf(booking.ends_at, zone).day >= day);
  if (view === "day") {
    const day = days[0]!;
    return people.map((person) => ({ key: person.id, day, title: person.name, staffId: person.id, bookings: on(day).filter((booking) => booking.staff_id === person.id), work: worked(day, [person]) }));
  }
  return days.map((day) => ({ key: day, day, title: dayInWords(day, { weekday: "short", day: "numeric", month: "short" }), bookings: on(day), work: worked(day, people) }));
}

function useKeys(keys: Record<string, () => void>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (isTyping(event) || target.closest("[role=dialog], [role=radiogroup], [role=menu]") || document.querySelector("[role=dialog]")) return;
      keys[event.key]?.();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
}
