import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const contactsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/contacts", component: lazyRouteComponent(() => import("./ContactsScreen"), "ContactsScreen") }),
] as const;
