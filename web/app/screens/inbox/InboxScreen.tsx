import { Page } from "~/ui/page";

export function InboxScreen() {
  return <Page title="Inbox">{null}</Page>;
}
