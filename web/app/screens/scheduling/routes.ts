import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { isDay } from "./zone";

type Given = Record<string, unknown>;
const text = (value: unknown) => (value === undefined || value === null || value === "" ? undefined : String(value));

export type CalendarSearch = { view?: "day" | "week"; day?: string; people?: string; booking?: string };
export type BookingsSearch = { list?: "pending" | "coming" | "past" | "cancelled"; person?: string; service?: string; booking?: string };

export const calendarRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling",
  validateSearch: (search: Given): CalendarSearch => ({
    view: search.view === "day" || search.view === "week" ? search.view : undefined,
    day: isDay(search.day) ? search.day : undefined,
    people: text(search.people),
    booking: text(search.booking),
  }),
  component: lazyRouteComponent(() => import("./CalendarScreen"), "CalendarScreen"),
});
export const bookingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling/bookings",
  validateSearch: (search: Given): BookingsSearch => ({
    list: (["pending", "coming", "past", "cancelled"] as const).find((one) => one === search.list),
    person: text(search.person),
    service: text(search.service),
    booking: text(search.booking),
  }),
  component: lazyRouteComponent(() => import("./BookingsScreen"), "BookingsScreen"),
});
export const servicesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling/services",
  validateSearch: (search: Given): { service?: string } => ({ service: text(search.service) }),
  component: lazyRouteComponent(() => import("./ServicesScreen"), "ServicesScreen"),
});
export const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling/people",
  validateSearch: (search: Given): { person?: string } => ({ person: text(search.person) }),
  component: lazyRouteComponent(() => import("./PeopleScreen"), "PeopleScreen"),
});
export const freeTimesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling/availability",
  validateSearch: (search: Given): { service?: string; person?: string; day?: string } => ({ service: text(search.service), person: text(search.person), day: isDay(search.day) ? search.day : undefined }),
  component: lazyRouteComponent(() => import("./FreeTimesScreen"), "FreeTimesScreen"),
});
const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/scheduling/settings",
  component: lazyRouteComponent(() => import("./SettingsScreen"), "SettingsScreen"),
});

export const schedulingRoutes = [calendarRoute, bookingsRoute, servicesRoute, peopleRoute, freeTimesRoute, settingsRoute] as const;
