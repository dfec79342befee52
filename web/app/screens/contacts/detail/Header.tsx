/** Name and status, and what can be done with a contact. */
import { ActionIcon, Button, Menu, Select, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { EllipsisVertical, PenLine, Phone } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useIsAdmin } from "~/session";
import { type Contact, nameOf, STATUSES, type Status } from "../parts/data";
import { Face } from "../parts/Face";
import { useChangeContact } from "./changes";
import classes from "./detail.module.css";
import { Editable } from "./Editable";

const Call = lazy(() => import("./Call"));
const Write = lazy(() => import("./Write"));
const MergeWith = lazy(() => import("./MergeWith"));
const ExportData = lazy(() => import("./ExportData"));
const Erase = lazy(() => import("./Erase"));

export function Header({ contact }: { contact: Contact }) {
  const change = useChangeContact(contact.id);
  const [writing, write] = useDisclosure(false);
  const [calling, call] = useDisclosure(false);
  const hasNumber = contact.addresses.some(({ kind }) => kind === "phone");
  const [more, setMore] = useState<"merge" | "export" | "erase">();
  const admin = useIsAdmin();
  const close = () => setMore(undefined);
  return (
    <header className={classes.header}>
      <Face name={nameOf(contact)} id={contact.id} size={44} />
      <div className={classes.name}>
        <Title order={1}>
          <Editable label="Name" value={contact.name ?? ""} size="md" maxLength={200} onSave={(name) => change.mutate({ name: name || null })}>
            {nameOf(contact)}
          </Editable>
        </Title>
      </div>
      <Select
        size="xs"
        w={150}
        aria-label="Status"
        allowDeselect={false}
        data={Object.entries(STATUSES).map(([value, label]) => ({ value, label }))}
        value={contact.status}
        onChange={(status) => change.mutate({ status: status as Status })}
      />
      <Button leftSection={<PenLine size={14} aria-hidden />} onClick={write.open}>
        Write
      </Button>
      {hasNumber && (
        <Button variant="default" leftSection={<Phone size={14} aria-hidden />} onClick={call.open}>
          Call
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label="More">
            <EllipsisVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setMore("merge")}>Merge with another contact…</Menu.Item>
          {admin && <Menu.Item onClick={() => setMore("export")}>Export all data…</Menu.Item>}
          {admin && (
            <Menu.Item color="red" onClick={() => setMore("erase")}>
              Erase…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {calling && <Call contact={contact} close={call.close} />}
        {writing && <Write contact={contact} close={write.close} />}
        {more === "merge" && <MergeWith contact={contact} close={close} />}
        {more === "export" && <ExportData contact={contact} close={close} />}
        {more === "erase" && <Erase contact={contact} close={close} />}
      </Suspense>
    </header>
  );
}
