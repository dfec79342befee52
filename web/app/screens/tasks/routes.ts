import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedView } from "./search";

export const tasksRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/tasks",
    validateSearch: checkedView,
    component: lazyRouteComponent(() => import("./TasksScreen"), "TasksScreen"),
  }),
] as const;
