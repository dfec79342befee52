import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

const text = (value: unknown) => (value === undefined || value === null || value === "" ? undefined : String(value));

export const sourcesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/knowledge",
  component: lazyRouteComponent(() => import("./SourcesScreen"), "SourcesScreen"),
});
export const sourceRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/knowledge/sources/$sourceId",
  validateSearch: (search: Record<string, unknown>): { document?: string; status?: string } => ({ document: text(search.document), status: text(search.status) }),
  component: lazyRouteComponent(() => import("./SourceScreen"), "SourceScreen"),
});
export const tryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/knowledge/search",
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import("./TryScreen"), "TryScreen"),
});
const unansweredRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/knowledge/unanswered",
  component: lazyRouteComponent(() => import("./UnansweredScreen"), "UnansweredScreen"),
});
const meaningRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/knowledge/meaning",
  component: lazyRouteComponent(() => import("./MeaningScreen"), "MeaningScreen"),
});

export const knowledgeRoutes = [sourcesRoute, sourceRoute, tryRoute, unansweredRoute, meaningRoute] as const;
