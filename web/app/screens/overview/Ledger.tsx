/** The ledger below the figures: the same list as the events screen's, its newest lines. */
import { Button, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Filters } from "~/screens/events/ledger/Filters";
import { LedgerList, useLedger } from "~/screens/events/ledger/LedgerList";
import { NoEvents } from "~/screens/events/ledger/NoEvents";
import { isNarrowed, type LedgerSearch } from "~/screens/events/ledger/search";
import classes from "./overview.module.css";

const route = getRouteApi("/shell/");
const LINES = 25;

export default function Ledger() {
  const { last, ...narrowed } = route.useSearch();
  const navigate = route.useNavigate();
  const ledger = useLedger(narrowed, LINES);
  const narrow = (next: LedgerSearch) => void navigate({ search: { ...next, last }, replace: true, resetScroll: false });
  return (
    <section className={classes.card} aria-labelledby="ledger">
      <div className={classes.title}>
        <Title order={2} id="ledger">
          The latest inquiries
        </Title>
        <Button variant="default" component={Link} to="/events" search={narrowed as never}>
          All events
        </Button>
      </div>
      <Filters search={narrowed} onChange={narrow} short />
      <LedgerList ledger={ledger} short empty={<NoEvents narrowed={isNarrowed(narrowed)} clear={() => narrow({})} />} />
    </section>
  );
}
