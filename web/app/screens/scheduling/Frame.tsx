/** What stands around the parts of scheduling. */
import type { ReactNode } from "react";
import { api } from "~/api";
import { LinkTabs } from "~/ui/LinkTabs";
import { Page } from "~/ui/page";
import classes from "./scheduling.module.css";

export function Frame({ actions, full, children }: { actions?: ReactNode; full?: boolean; children: ReactNode }) {
  const pending = api.useQuery("get", "/api/bookings", { params: { query: { status: ["pending"], limit: 100 } } });
  return (
    <Page title="Scheduling" actions={actions} wide>
      <div className={classes.frame}>
        <LinkTabs
          label="Parts of scheduling"
          parts={[
            { to: "/scheduling", label: "Calendar", exact: true },
            { to: "/scheduling/bookings", label: "Bookings", count: pending.data?.items.length },
            { to: "/scheduling/services", label: "Services" },
            { to: "/scheduling/people", label: "People" },
            { to: "/scheduling/availability", label: "Free times" },
            { to: "/scheduling/settings", label: "Page and mails" },
          ]}
        />
        <div className={full ? classes.full : classes.body}>{children}</div>
      </div>
    </Page>
  );
}
