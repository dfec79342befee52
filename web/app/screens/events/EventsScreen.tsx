/** Everything that arrived, and what became of it: live, by any filter, and in bulk. */
import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useState } from "react";
import { Page } from "~/ui/page";
import { BulkBar } from "./bulk/BulkBar";
import { RunningBatch } from "./bulk/RunningBatch";
import { Filters } from "./ledger/Filters";
import { NoEvents } from "./ledger/NoEvents";
import { LedgerList, useLedger, useLines } from "./ledger/LedgerList";
import { isNarrowed, type LedgerSearch } from "./ledger/search";

const ProcessDialog = lazy(() => import("./bulk/ProcessDialog"));
const route = getRouteApi("/shell/events");

export function EventsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const ledger = useLedger(search);
  const lines = useLines(ledger);
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const [asking, ask] = useState(false);
  const narrow = (next: LedgerSearch) => {
    select(new Set());
    void navigate({ search: next, replace: true });
  };
  const onSelect = useCallback((id: string, on: boolean) => {
    select((before) => {
      const after = new Set(before);
      if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  return (
    <Page
      title="Events"
      about="Everything that arrived, and what became of it"
      wide
      actions={
        <Button variant="default" onClick={() => ask(true)}>
          Process in bulk…
        </Button>
      }
    >
      <Filters search={search} onChange={narrow} />
      <RunningBatch />
      {selected.size > 0 && <BulkBar lines={lines} selected={selected} select={select} />}
      <LedgerList ledger={ledger} selected={selected} onSelect={onSelect} empty={<NoEvents narrowed={isNarrowed(search)} clear={() => narrow({})} />} />
      <Suspense>{asking && <ProcessDialog search={search} close={() => ask(false)} />}</Suspense>
    </Page>
  );
}
