import { Page } from "~/ui/page";

export function TasksScreen() {
  return <Page title="Tasks">{null}</Page>;
}
