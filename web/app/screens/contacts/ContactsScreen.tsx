import { Page } from "~/ui/page";

export function ContactsScreen() {
  return <Page title="Contacts">{null}</Page>;
}
