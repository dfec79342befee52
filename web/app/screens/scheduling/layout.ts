/** Where appointments stand in a column of the calendar: those that overlap share its width. */
import type { Booking } from "./data";
import { localOf } from "./zone";

export type Placed = { booking: Booking; from: number; until: number; lane: number; lanes: number };

const SHORTEST = 15; // minutes: less could not be read

export function placed(bookings: readonly Booking[], day: string, zone: string): Placed[] {
  const found = bookings
    .flatMap((booking) => {
      const begin = localOf(booking.starts_at, zone);
      const end = localOf(booking.ends_at, zone);
      if (begin.day > day || end.day < day) return [];
      const from = begin.day < day ? 0 : begin.minutes;
      const until = end.day > day ? 1_440 : end.minutes;
      return from < until ? [{ booking, from, until: Math.max(until, from + SHORTEST), lane: 0, lanes: 1 }] : [];
    })
    .sort((one, other) => one.from - other.from || other.until - one.until);
  let group: Placed[] = [];
  let end = 0;
  const close = () => {
    const lanes = Math.max(0, ...group.map((one) => one.lane)) + 1;
    for (const one of group) one.lanes = lanes;
    group = [];
  };
  for (const one of found) {
    if (one.from >= end) close();
    const taken = new Set(group.filter((other) => other.until > one.from).map((other) => other.lane));
    while (taken.has(one.lane)) one.lane += 1;
    group.push(one);
    end = Math.max(group.length === 1 ? 0 : end, one.until);
  }
  close();
  return found;
}

/** The hours that are shown: all work and all appointments, with an hour around, at least from 8 to 18. */
export function hoursShown(spans: readonly { from: number; until: number }[]): { from: number; until: number } {
  const from = Math.min(8 * 60, ...spans.map((span) => span.from - 30));
  const until = Math.max(18 * 60, ...spans.map((span) => span.until + 30));
  return { from: Math.max(Math.floor(from / 60) * 60, 0), until: Math.min(Math.ceil(until / 60) * 60, 1_440) };
}
