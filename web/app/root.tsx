/** The routes above all screens: the document, and the signed-in shell. */
import { createRootRoute, createRoute, type ErrorComponentProps, Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Shell } from "~/shell/Shell";

const Missing = lazy(() => import("~/shell/Missing"));
const Failed = lazy(() => import("~/ui/states").then((file) => ({ default: file.Failed })));

export const rootRoute = createRootRoute({
  component: Outlet,
});

/** The parent of every screen. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });

/** Every address that no screen has. */
export const missingRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "$",
  component: () => (
    <Suspense>
      <Missing />
    </Suspense>
  ),
});

/** In the place of a screen that broke: what is around it stays. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Suspense>
      <Failed error={error} retry={reset} />
    </Suspense>
  );
}
