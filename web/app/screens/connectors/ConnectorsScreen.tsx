import { Page } from "~/ui/page";

export function ConnectorsScreen() {
  return <Page title="Connectors">{null}</Page>;
}
