import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const schedulingRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/scheduling", component: lazyRouteComponent(() => import("./SchedulingScreen"), "SchedulingScreen") }),
] as const;
