/** Every screen's routes, put together. A screen is a folder whose `routes.ts` is named here. */
import { createRouter } from "@tanstack/react-router";
import { Broken, missingRoute, rootRoute, shellRoute } from "~/root";
import { agentsRoutes } from "~/screens/agents/routes";
import { callsRoutes } from "~/screens/calls/routes";
import { connectorsRoutes } from "~/screens/connectors/routes";
import { contactsRoutes } from "~/screens/contacts/routes";
import { eventsRoutes } from "~/screens/events/routes";
import { inboxRoutes } from "~/screens/inbox/routes";
import { knowledgeRoutes } from "~/screens/knowledge/routes";
import { onboardingRoutes } from "~/screens/onboarding/routes";
import { overviewRoutes } from "~/screens/overview/routes";
import { schedulingRoutes } from "~/screens/scheduling/routes";
import { settingsRoutes } from "~/screens/settings/routes";
import { tasksRoutes } from "~/screens/tasks/routes";
import { Lines } from "~/ui/lines";

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    ...overviewRoutes,
    ...inboxRoutes,
    ...eventsRoutes,
    ...callsRoutes,
    ...contactsRoutes,
    ...tasksRoutes,
    ...agentsRoutes,
    ...knowledgeRoutes,
    ...schedulingRoutes,
    ...connectorsRoutes,
    ...settingsRoutes,
    ...onboardingRoutes,
    missingRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPendingComponent: Lines,
  defaultErrorComponent: Broken,
  defaultPendingMs: 150,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
