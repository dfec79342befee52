/** The calendar's grid: columns of days or of people, appointments in them, dragged to move; keys reach all of it. */
import { VisuallyHidden } from "@mantine/core";
import { type CSSProperties, type PointerEvent as Pointer, useEffect, useRef, useState } from "react";
import { calledBy } from "~/ui/contact";
import type { Booking } from "./data";
import { STATES } from "./data";
import classes from "./grid.module.css";
import { placed } from "./layout";
import { clock, localOf } from "./zone";

export type Column = {
  key: string;
  day: string;
  title: string;
  subtitle?: string;
  staffId?: string;
  bookings: Booking[];
  work: { from: number; until: number }[];
};
type Props = {
  columns: Column[];
  from: number;
  until: number;
  zone: string;
  colour: (staffId: string) => string;
  open: (booking: Booking) => void;
  create: (column: Column, minutes: number) => void;
  move: (booking: Booking, column: Column, minutes: number) => void;
};
type Drag = { booking: Booking; column: number; minutes: number; length: number };

const STEP = 15;
const FAR = 6; // pixels: less is a click

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Grid({ columns, from, until, zone, colour, open, create, move }: Props) {
  const bodies = useRef<(HTMLDivElement | null)[]>([]);
  const [drag, setDrag] = useState<Drag | null>(null);
  const dragged = useRef(false);
  const now = localOf(useNow(), zone);
  const length = until - from;
  const share = (minutes: number) => `${((minutes - from) / length) * 100}%`;
  const hours = Array.from({ length: length / 60 }, (_, place) => from + place * 60);

  /** Which column and time is under the pointer; `grip`: minutes between the appointment's beginning and the hand. */
  const under = (x: number, y: number, grip: number) => {
    const column = bodies.current.slice(0, columns.length).findIndex((body) => {
      const box = body?.getBoundingClientRect();
      return box && x >= box.left && x < box.right;
    });
    const box = bodies.current[column]?.getBoundingClientRect();
    if (!box) return null;
    const minutes = from + ((y - box.top) / box.height) * length - grip;
    return { column, minutes: Math.min(Math.max(Math.round(minutes / STEP) * STEP, from), until - STEP) };
  };

  const grab = (event: Pointer, booking: Booking, begin: number, span: number) => {
    dragged.current = false;
    if (event.button !== 0 || event.pointerType !== "mouse" || !["pending", "confirmed"].includes(booking.status)) return;
    const start = { x: event.clientX, y: event.clientY };
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const grip = ((event.clientY - box.top) / Math.max(box.height, 1)) * span;
    let place: ReturnType<typeof under> = null;
    const moved = (next: PointerEvent) => {
      if (!dragged.current && Math.hypot(next.clientX - start.x, next.clientY - start.y) < FAR) return;
      dragged.current = true;
      place = under(next.clientX, next.clientY, grip);
      setDrag(place && { booking, ...place, length: span });
    };
    const end = (why: Event) => {
      window.removeEventListener("pointermove", moved);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("keydown", escape, true);
      setDrag(null);
      setTimeout(() => (dragged.current = false)); // after the click that letting go is, too
      const column = place && columns[place.column];
      if (why.type === "pointerup" && dragged.current && place && column && !(column.day === localOf(booking.starts_at, zone).day && place.minutes === begin && (column.staffId ?? booking.staff_id) === booking.staff_id))
        move(booking, column, place.minutes);
    };
    const escape = (key: KeyboardEvent) => key.key === "Escape" && end(key);
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", end);
    window.addEventListener("keydown", escape, true);
  };

  return (
    <div className={classes.scroll}>
      <div className={classes.grid} style={{ "--columns": columns.length, "--hours": length / 60 } as CSSProperties}>
        <div className={classes.corner} />
        {columns.map((column) => (
          <div key={column.key} className={classes.head} data-today={column.day === now.day || undefined}>
            <span>{column.title}</span>
            {column.subtitle && <small>{column.subtitle}</small>}
          </div>
        ))}
        <div className={classes.times} aria-hidden>
          {hours.map((hour) => (
            <span key={hour} style={{ top: share(hour) }}>
              {clock(hour)}
            </span>
          ))}
        </div>
        {columns.map((column, place) => (
          <div
            key={column.key}
            ref={(body) => void (bodies.current[place] = body)}
            className={classes.column}
            role="group"
            aria-label={[column.title, column.subtitle].filter(Boolean).join(", ")}
            onClick={(event) => {
              const at = event.target === event.currentTarget && !dragged.current && under(event.clientX, event.clientY, STEP);
              if (at) create(column, at.minutes);
            }}
          >
            {column.work.map((span) => (
              <i key={span.from} className={classes.work} style={{ top: share(span.from), height: `${((span.until - span.from) / length) * 100}%` }} />
            ))}
            {placed(column.bookings, column.day, zone).map(({ booking, from: begin, until: end, lane, lanes }) => (
              <button
                key={booking.id}
                type="button"
                className={classes.event}
                data-status={booking.status}
                data-short={end - begin < 40 || undefined}
                data-dragged={drag?.booking.id === booking.id || undefined}
                style={
                  {
                    top: share(begin),
                    height: `${((end - begin) / length) * 100}%`,
                    left: `${(lane / lanes) * 100}%`,
                    width: `${100 / lanes}%`,
                    "--own": `var(--mantine-color-${colour(booking.staff_id)}-filled)`,
                    "--own-light": `var(--mantine-color-${colour(booking.staff_id)}-light)`,
                  } as CSSProperties
                }
                onPointerDown={(event) => grab(event, booking, begin, end - begin)}
                onClick={() => !dragged.current && open(booking)}
              >
                <b>{calledBy(booking.contact_name, false)}</b>
                <span>
                  {clock(begin)} {booking.service}
                </span>
                <VisuallyHidden>
                  until {clock(end)}, with {booking.staff}, {STATES[booking.status].text}
                </VisuallyHidden>
              </button>
            ))}
            {drag?.column === place && (
              <div className={classes.ghost} style={{ top: share(drag.minutes), height: `${(drag.length / length) * 100}%` }}>
                {clock(drag.minutes)}
              </div>
            )}
            {column.day === now.day && now.minutes >= from && now.minutes < until && <i className={classes.now} style={{ top: share(now.minutes) }} />}
          </div>
        ))}
      </div>
    </div>
  );
}
