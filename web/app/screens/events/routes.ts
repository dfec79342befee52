import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const eventsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/events", component: lazyRouteComponent(() => import("./EventsScreen"), "EventsScreen") }),
] as const;
