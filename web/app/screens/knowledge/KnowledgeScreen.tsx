import { Page } from "~/ui/page";

export function KnowledgeScreen() {
  return <Page title="Knowledge">{null}</Page>;
}
