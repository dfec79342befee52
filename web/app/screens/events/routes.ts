import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedSearch } from "./ledger/search";

export const eventsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/events",
    validateSearch: checkedSearch,
    component: lazyRouteComponent(() => import("./EventsScreen"), "EventsScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/events/$eventId",
    component: lazyRouteComponent(() => import("./EventScreen"), "EventScreen"),
  }),
] as const;
