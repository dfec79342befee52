import { Page } from "~/ui/page";

export function EventsScreen() {
  return <Page title="Events">{null}</Page>;
}
