/** The routes above all screens: the document, and the signed-in shell. */
import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Shell } from "~/shell/Shell";

const Missing = lazy(() => import("~/shell/Missing"));
const Failed = lazy(() => import("~/ui/states").then((file) => ({ default: file.Failed })));

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <Suspense>
      <Missing />
    </Suspense>
  ),
  errorComponent: ({ error, reset }) => (
    <Suspense>
      <Failed error={error} retry={reset} />
    </Suspense>
  ),
});

/** The parent of every screen. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });
