import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const tasksRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/tasks", component: lazyRouteComponent(() => import("./TasksScreen"), "TasksScreen") }),
] as const;
