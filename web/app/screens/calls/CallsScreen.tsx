/** Telephone calls, those that go on first to be seen: who called, who answered, and how it ended. */
import { getRouteApi } from "@tanstack/react-router";
import { Page } from "~/ui/page";
import { CallList } from "./list/CallList";
import { Filters } from "./list/Filters";
import { NoCalls } from "./list/NoCalls";
import { TestCallButton } from "./test/TestCallButton";
import { type CallSearch, isNarrowed } from "./list/search";

const route = getRouteApi("/shell/calls");

export function CallsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = (next: CallSearch) => void navigate({ search: next, replace: true });
  return (
    <Page title="Calls" about="Who called whom, who answered, and how it ended" wide actions={<TestCallButton />}>
      <Filters search={search} onChange={narrow} />
      <CallList search={search} empty={<NoCalls narrowed={isNarrowed(search)} clear={() => narrow({})} />} />
    </Page>
  );
}
