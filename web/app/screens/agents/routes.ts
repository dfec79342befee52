import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const TABS = ["edit", "try", "versions", "runs", "evals"] as const;
export type Tab = (typeof TABS)[number];

type Search = { tab?: Tab; before?: number; after?: number; eval?: string; with?: string };

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : undefined;
}

export const agentRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/agents/$agent",
  validateSearch: (search: Record<string, unknown>): Search => ({
    tab: TABS.find((tab) => tab === search.tab),
    before: number(search.before),
    after: number(search.after),
    eval: text(search.eval),
    with: text(search.with),
  }),
  component: lazyRouteComponent(() => import("./AgentScreen"), "AgentScreen"),
});

export const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/agents/$agent/runs/$run",
  component: lazyRouteComponent(() => import("./runs/RunScreen"), "RunScreen"),
});

export const agentsRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/agents", component: lazyRouteComponent(() => import("./AgentsScreen"), "AgentsScreen") }),
  createRoute({ getParentRoute: () => shellRoute, path: "/agents/models", component: lazyRouteComponent(() => import("./models/ModelsScreen"), "ModelsScreen") }),
  agentRoute,
  runRoute,
] as const;
