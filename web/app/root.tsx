/** The routes above all screens: the document, and the signed-in shell. */
import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";
import { Empty, Failed } from "~/ui/states";
import { Shell } from "~/shell/Shell";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: () => <Empty title="There is no such page">Its address may have changed, or it was mistyped.</Empty>,
  errorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />,
});

/** The parent of every screen. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });
