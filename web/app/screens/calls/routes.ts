import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedSearch } from "./list/search";

export const callsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/calls",
    validateSearch: checkedSearch,
    component: lazyRouteComponent(() => import("./CallsScreen"), "CallsScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/calls/$callId",
    component: lazyRouteComponent(() => import("./CallScreen"), "CallScreen"),
  }),
] as const;
