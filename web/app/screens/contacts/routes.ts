import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedFilters, checkedView } from "./search";

export const contactsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/contacts",
    validateSearch: checkedFilters,
    component: lazyRouteComponent(() => import("./ContactsScreen"), "ContactsScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/contacts/duplicates",
    component: lazyRouteComponent(() => import("./duplicates/DuplicatesScreen"), "DuplicatesScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/contacts/imports",
    component: lazyRouteComponent(() => import("./imports/ImportsScreen"), "ImportsScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/contacts/imports/$importId",
    component: lazyRouteComponent(() => import("./imports/ImportScreen"), "ImportScreen"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/contacts/$contactId",
    validateSearch: checkedView,
    component: lazyRouteComponent(() => import("./detail/ContactScreen"), "ContactScreen"),
  }),
] as const;
