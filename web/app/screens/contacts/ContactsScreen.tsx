/** Everybody the business has to do with: searched as one types, filtered, page after page. */
import { Button, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { ChevronDown, Download, GitMerge, History, Plus, Upload } from "lucide-react";
import { lazy, Suspense } from "react";
import { api } from "~/api";
import { useIsAdmin } from "~/session";
import { Page } from "~/ui/page";
import { ContactList } from "./list/ContactList";
import { FilterBar } from "./list/FilterBar";
import classes from "./list/list.module.css";

const NewContact = lazy(() => import("./list/NewContact"));

export function ContactsScreen() {
  const [adding, add] = useDisclosure(false);
  const admin = useIsAdmin();
  return (
    <Page
      title="Contacts"
      wide
      actions={
        <>
          <Duplicates />
          {admin && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" rightSection={<ChevronDown size={14} aria-hidden />}>
                  Import and export
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<Upload size={15} aria-hidden />} renderRoot={(props) => <Link to="/contacts/imports" {...props} />}>
                  Import a CSV file
                </Menu.Item>
                <Menu.Item leftSection={<Download size={15} aria-hidden />} component="a" href="/api/contacts/export.csv" download>
                  Export all contacts
                </Menu.Item>
                <Menu.Item leftSection={<History size={15} aria-hidden />} renderRoot={(props) => <Link to="/contacts/imports" hash="earlier" {...props} />}>
                  Earlier imports
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
          <Button leftSection={<Plus size={15} aria-hidden />} onClick={add.open}>
            New contact
          </Button>
        </>
      }
    >
      <div className={classes.screen}>
        <FilterBar />
        <ContactList onAdd={add.open} />
      </div>
      <Suspense>{adding && <NewContact close={add.close} />}</Suspense>
    </Page>
  );
}

function Duplicates() {
  const { data } = api.useQuery("get", "/api/contacts/duplicates", { params: { query: { limit: 100 } } });
  const found = data?.items.length ?? 0;
  if (!found) return null;
  return (
    <Button variant="default" leftSection={<GitMerge size={15} aria-hidden />} renderRoot={(props) => <Link to="/contacts/duplicates" {...props} />}>
      {data?.next_cursor ? `${found}+` : found} possible {found === 1 ? "duplicate" : "duplicates"}
    </Button>
  );
}
