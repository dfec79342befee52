import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedSearch } from "./search";

const inbox = createRoute({
  getParentRoute: () => shellRoute,
  path: "/inbox",
  validateSearch: checkedSearch,
  component: lazyRouteComponent(() => import("./InboxScreen"), "InboxScreen"),
});

const queue = createRoute({ getParentRoute: () => inbox, path: "/$queue" });
const conversation = createRoute({ getParentRoute: () => queue, path: "/$conversationId" });

// One screen for all three addresses: what is open changes, the list stays.
export const inboxRoutes = [inbox.addChildren([queue.addChildren([conversation])])] as const;
