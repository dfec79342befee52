import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const connectorsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/connectors", component: lazyRouteComponent(() => import("./ConnectorsScreen"), "ConnectorsScreen") }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/connectors/new",
    validateSearch: (search: Record<string, unknown>): { channel?: string } => (typeof search.channel === "string" ? { channel: search.channel } : {}),
    component: lazyRouteComponent(() => import("./ConnectScreen"), "ConnectScreen"),
  }),
  createRoute({ getParentRoute: () => shellRoute, path: "/connectors/$accountId", component: lazyRouteComponent(() => import("./AccountScreen"), "AccountScreen") }),
] as const;
