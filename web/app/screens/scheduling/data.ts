/** What the scheduling screens read and do. */
import type { MantineColor } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { paths } from "@api/schema";
import { api, client } from "~/api";
import { type Guess, useAct } from "~/ui/act";

type Answer<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { "application/json": infer Body } } } } } ? Body : never;

export type Booking = Answer<"/api/bookings">["items"][number];
export type Status = Booking["status"];
export type Service = Answer<"/api/services">["items"][number];
export type Person = Answer<"/api/calendar/people">["items"][number];
export type Work = Answer<"/api/calendar/hours">["items"][number];
export type Feed = Answer<"/api/calendar/feeds">["items"][number];
export type Settings = Answer<"/api/settings/booking">;
export type Slot = Answer<"/api/availability">["items"][number];

export const STATES: Record<Status, { text: string; color: MantineColor }> = {
  held: { text: "Held", color: "gray" },
  pending: { text: "To confirm", color: "orange" },
  confirmed: { text: "Confirmed", color: "teal" },
  completed: { text: "Completed", color: "blue" },
  no_show: { text: "Did not come", color: "red" },
  cancelled: { text: "Cancelled", color: "gray" },
  expired: { text: "Expired", color: "gray" },
};
export const KEEPS_TIME: Status[] = ["held", "pending", "confirmed", "completed", "no_show"];

const COLOURS: MantineColor[] = ["iris", "teal", "orange", "grape", "cyan", "pink", "lime", "yellow", "red", "blue"];

/** Everybody's own, by their place in the business's order. */
export function colourOf(people: readonly Person[], id: string): MantineColor {
  return COLOURS[Math.max(people.findIndex((person) => person.id === id), 0) % COLOURS.length]!;
}

export function useZone(): string | undefined {
  return api.useQuery("get", "/api/settings/workspace").data?.timezone;
}

export function usePeople(all = false) {
  return api.useQuery("get", "/api/calendar/people", { params: { query: { all } } });
}

export function useServices(all = false) {
  return api.useQuery("get", "/api/services", { params: { query: { all } } });
}

type Asked = NonNullable<paths["/api/bookings"]["get"]["parameters"]["query"]>;

/** All pages: what a calendar shows is not read in portions. Its key begins as the API's, so that changes renew it. */
export function useAllBookings(query: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["get", "/api/bookings", { params: { query } }, "all"],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const found: Booking[] = [];
      let cursor: string | null | undefined;
      do {
        const { data } = await client.GET("/api/bookings", { params: { query: { ...query, limit: 100, cursor: cursor ?? undefined } }, signal });
        found.push(...data!.items);
        cursor = data!.next_cursor;
      } while (cursor);
      return found;
    },
  });
}

type Stored = Booking[] | { items?: Booking[]; pages?: { items: Booking[] }[]; id?: string } | undefined;

/** Changes one booking wherever it is stored. */
export function everywhere(id: string, patch: Partial<Booking>): Guess[] {
  const each = (items: Booking[]) => items.map((one) => (one.id === id ? { ...one, ...patch } : one));
  const change = (stored: Stored): Stored => {
    if (!stored) return stored;
    if (Array.isArray(stored)) return each(stored);
    if (stored.pages) return { ...stored, pages: stored.pages.map((page) => ({ ...page, items: each(page.items) })) };
    if (stored.items) return { ...stored, items: each(stored.items) };
    return stored.id === id ? { ...stored, ...patch } : stored;
  };
  return ["/api/bookings", "/api/bookings/{booking_id}"].map((path) => ({ key: ["get", path], change: change as Guess["change"] }));
}

export type Decision = "confirm" | "complete" | "no-show";
const BECOMES: Record<Decision, Status> = { confirm: "confirmed", complete: "completed", "no-show": "no_show" };

export function useDecide() {
  return useAct(
    ({ id, decision }: { id: string; decision: Decision }) => {
      const at = { params: { path: { booking_id: id } } };
      if (decision === "confirm") return client.POST("/api/bookings/{booking_id}/confirm", at);
      return decision === "complete" ? client.POST("/api/bookings/{booking_id}/complete", at) : client.POST("/api/bookings/{booking_id}/no-show", at);
    },
    { failed: "The booking was not changed", guess: ({ id, decision }) => everywhere(id, { status: BECOMES[decision] }) },
  );
}

export function useCancel(onDone: () => void) {
  return useAct(({ id, reason }: { id: string; reason: string }) => client.POST("/api/bookings/{booking_id}/cancel", { params: { path: { booking_id: id } }, body: { reason: reason.trim() || null } }), {
    failed: "The booking was not cancelled",
    guess: ({ id }) => everywhere(id, { status: "cancelled" }),
    done: "Cancelled",
    onDone,
  });
}

export type Move = { booking: Booking; starts_at: string; staff_id?: string; outside_rules?: boolean };

export function useMove(onDone: () => void) {
  return useAct(
    ({ booking, starts_at, staff_id, outside_rules = false }: Move) =>
      client.POST("/api/bookings/{booking_id}/reschedule", { params: { path: { booking_id: booking.id } }, body: { starts_at, staff_id: staff_id ?? null, outside_rules } }),
    {
      guess: ({ booking, starts_at, staff_id }) => {
        const length = Date.parse(booking.ends_at) - Date.parse(booking.starts_at);
        return everywhere(booking.id, { starts_at, ends_at: new Date(Date.parse(starts_at) + length).toISOString(), ...(staff_id ? { staff_id } : {}) });
      },
      done: "Moved",
      onDone,
      failed: "It was not moved",
    },
  );
}

/** Nothing is guessed, but the lists are asked for again. */
export const renewed = (...all: string[]): Guess[] => all.map((path) => ({ key: ["get", path], change: (stored: unknown) => stored as never }));
