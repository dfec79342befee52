/** Somebody looks for the other contact by themselves. */
import { Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useState } from "react";
import { api } from "~/api";
import { MergeDialog } from "../merging/MergeDialog";
import { Face } from "../parts/Face";
import { type Contact, nameOf, shownAddress } from "../parts/data";
import classes from "./picking.module.css";

export default function MergeWith({ contact, close }: { contact: Contact; close: () => void }) {
  const [typed, setTyped] = useState("");
  const [other, setOther] = useState<Contact>();
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const { data } = api.useQuery("get", "/api/contacts", { params: { query: { q: asked, sort: "active", limit: 12 } } }, { enabled: asked.length > 0 });
  if (other) return <MergeDialog one={contact} other={other} close={close} />;
  const found = data?.items.filter(({ id }) => id !== contact.id) ?? [];
  return (
    <Modal opened onClose={close} title={`Merge ${nameOf(contact)} with…`}>
      <TextInput data-autofocus type="search" aria-label="The other contact" placeholder="Name or address" leftSection={<Search size={14} aria-hidden />} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
      <ul className={classes.found} aria-label="Found">
        {found.map((one) => (
          <li key={one.id}>
            <UnstyledButton className={classes.one} onClick={() => setOther(one)}>
              <Face name={nameOf(one)} id={one.id} />
              <span>
                {nameOf(one)}
                <small>{one.addresses.map(shownAddress).join(", ")}</small>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {asked && data && !found.length && (
        <Text size="sm" c="dimmed" mt="sm">
          Nobody else is called that.
        </Text>
      )}
    </Modal>
  );
}
