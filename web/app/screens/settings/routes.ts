import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const settingsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/settings", component: lazyRouteComponent(() => import("./SettingsScreen"), "SettingsScreen") }),
] as const;
