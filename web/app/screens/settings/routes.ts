import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/settings",
    beforeLoad: () => {
      throw redirect({ to: "/settings/$section", params: { section: "workspace" }, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/settings/$section",
    validateSearch: (search: Record<string, unknown>): Record<string, string> =>
      Object.fromEntries(Object.entries(search).filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    component: lazyRouteComponent(() => import("./SettingsScreen"), "SettingsScreen"),
  }),
] as const;
