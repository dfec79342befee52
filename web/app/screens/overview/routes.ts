import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "~/root";
import { checkedSearch, type LedgerSearch } from "~/screens/events/ledger/search";

/** `last`: the days that the figures are of; the rest narrows the ledger below them. */
export type OverviewSearch = LedgerSearch & { last?: 1 | 30 };

function checked(given: Record<string, unknown>): OverviewSearch {
  const last = Number(given.last);
  return { ...checkedSearch(given), ...((last === 1 || last === 30) && { last }) };
}

export const overviewRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "/",
    validateSearch: checked,
    component: lazyRouteComponent(() => import("./OverviewScreen"), "OverviewScreen"),
  }),
] as const;
