import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const agentsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/agents", component: lazyRouteComponent(() => import("./AgentsScreen"), "AgentsScreen") }),
] as const;
