import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const inboxRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/inbox", component: lazyRouteComponent(() => import("./InboxScreen"), "InboxScreen") }),
] as const;
