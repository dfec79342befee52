import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const knowledgeRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/knowledge", component: lazyRouteComponent(() => import("./KnowledgeScreen"), "KnowledgeScreen") }),
] as const;
