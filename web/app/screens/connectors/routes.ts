import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const connectorsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/connectors", component: lazyRouteComponent(() => import("./ConnectorsScreen"), "ConnectorsScreen") }),
] as const;
