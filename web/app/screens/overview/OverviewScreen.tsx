/** What waits and for whom, how fast it was, what came of it: and the switch between Auto and Manual. */
import { SegmentedControl, Skeleton } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { api, type Schemas } from "~/api";
import { Page } from "~/ui/page";
import { Failed } from "~/ui/states";
import { AutoMode } from "./AutoMode";
import { Figures } from "./Figures";
import classes from "./overview.module.css";
import { Responses } from "./Responses";
import { Sla } from "./Sla";
import { Volume } from "./Volume";
import { Waits } from "./Waits";

const Ledger = lazy(() => import("./Ledger"));
const route = getRouteApi("/shell/");

export type Overview = Schemas["Overview"];
export const PERIODS = { "1": "24 hours", "7": "7 days", "30": "30 days" } as const;

export function OverviewScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const days = search.last ?? 7;
  const overview = api.useQuery("get", "/api/overview", { params: { query: { days } } }, { placeholderData: (before) => before, meta: { live: "slow" } });
  // Below the figures, so it costs them nothing until one gets there.
  const below = useIntersection({ rootMargin: "0px 0px -100px 0px" });
  const [reached, reach] = useState(false);
  if (below.entry?.isIntersecting && !reached) reach(true);
  return (
    <Page
      title="Overview"
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="Period"
            value={String(days)}
            onChange={(value) => void navigate({ search: { ...search, last: value === "7" ? undefined : (Number(value) as 1 | 30) }, replace: true })}
            data={Object.entries(PERIODS).map(([value, label]) => ({ value, label }))}
          />
          <AutoMode />
        </>
      }
    >
      <div className={classes.overview}>
        {overview.isError && !overview.data && <Failed error={overview.error} retry={() => void overview.refetch()} />}
        {overview.isPending && <Placeholder />}
        {overview.data && (
          <>
            <Figures overview={overview.data} days={days} />
            <Waits overview={overview.data} />
            <Responses overview={overview.data} />
            <Volume overview={overview.data} />
            <Sla days={days} />
          </>
        )}
        <div className={classes.whole} ref={below.ref}>
          {reached ? (
            <Suspense fallback={<Skeleton height={420} />}>
              <Ledger />
            </Suspense>
          ) : (
            <Skeleton height={420} />
          )}
        </div>
      </div>
    </Page>
  );
}

/** As high as what comes, so that nothing jumps. */
function Placeholder() {
  return (
    <>
      <Skeleton className={`${classes.whole} ${classes.figuresHeight}`} />
      <Skeleton className={classes.card} height={340} />
      <Skeleton className={classes.card} height={340} />
      <Skeleton className={classes.whole} height={300} />
    </>
  );
}
