import { Page } from "~/ui/page";

export function SchedulingScreen() {
  return <Page title="Scheduling">{null}</Page>;
}
