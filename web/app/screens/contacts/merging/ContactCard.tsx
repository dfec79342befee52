/** One of two contacts that are compared. */
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BadgeCheck } from "lucide-react";
import { ADDRESS_KINDS, type Contact, nameOf, shownAddress, STATUSES, written } from "../parts/data";
import { Face } from "../parts/Face";
import classes from "./merging.module.css";

export function ContactCard({ contact }: { contact: Contact }) {
  return (
    <div className={classes.card}>
      <div className={classes.cardHead}>
        <Face name={nameOf(contact)} id={contact.id} />
        <Anchor fw={600} c="inherit" renderRoot={(props) => <Link to="/contacts/$contactId" params={{ contactId: contact.id }} {...props} />}>
          {nameOf(contact)}
        </Anchor>
      </div>
      <Text size="xs" c="dimmed">
        {[STATUSES[contact.status], ...contact.tags, `added ${new Date(contact.created_at).toLocaleDateString()}`].join(" · ")}
      </Text>
      <ul className={classes.plain}>
        {contact.addresses.map((address) => (
          <li key={address.id}>
            {shownAddress(address)} <small>{address.kind !== "visitor" && (ADDRESS_KINDS[address.kind] ?? address.kind)}</small>
            {address.verified && <BadgeCheck size={13} role="img" aria-label="proved" />}
            {address.claimed && <small> (they only say so)</small>}
          </li>
        ))}
        {Object.entries(contact.fields).map(([name, value]) => (
          <li key={name}>
            <small>{name}</small> {written(value)}
          </li>
        ))}
      </ul>
    </div>
  );
}
