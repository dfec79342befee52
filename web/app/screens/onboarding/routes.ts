import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";

export const onboardingRoutes = [
  createRoute({ getParentRoute: () => shellRoute, path: "/onboarding", component: lazyRouteComponent(() => import("./OnboardingScreen"), "OnboardingScreen") }),
] as const;
