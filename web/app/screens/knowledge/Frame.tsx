/** What stands around the parts of knowledge. */
import type { ReactNode } from "react";
import { api } from "~/api";
import { LinkTabs } from "~/ui/LinkTabs";
import { Page } from "~/ui/page";
import classes from "./knowledge.module.css";

export const MOST = 100; // suggestions that are counted

export function useOpenSuggestions() {
  return api.useQuery("get", "/api/knowledge/suggestions", { params: { query: { status: "open", limit: MOST } } });
}

export function Frame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  const open = useOpenSuggestions();
  return (
    <Page title="Knowledge" about="What agents answer from. What is not here they do not make up." actions={actions} wide>
      <LinkTabs
        label="Parts of knowledge"
        parts={[
          { to: "/knowledge", label: "Sources", exact: true },
          { to: "/knowledge/search", label: "Try a question" },
          { to: "/knowledge/unanswered", label: "Unanswered", count: open.data?.items.length },
          { to: "/knowledge/meaning", label: "Search by meaning" },
        ]}
      />
      <div className={classes.body}>{children}</div>
    </Page>
  );
}
