import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const overviewRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/", component: lazyRouteComponent(() => import("./OverviewScreen"), "OverviewScreen") }),
] as const;
