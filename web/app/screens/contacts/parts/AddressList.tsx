/** Where a contact is reached, and what was proved of it. */
import { ActionIcon, Button, Group, Menu, Select, TextInput, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { BadgeCheck, EllipsisVertical, Hash, Mail, MessageCircle, MessageSquare, Phone, Plus, type LucideIcon } from "lucide-react";
import { type FormEvent, useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { ADDRESS_KINDS, type Address, type Contact, shownAddress } from "./data";
import classes from "./parts.module.css";

const ICONS: Record<string, LucideIcon> = { email: Mail, phone: Phone, whatsapp: MessageCircle, visitor: MessageSquare };
const PROVED: Record<string, string> = {
  provider: "Their provider vouches for it",
  code: "They typed a code that was sent there",
  member: "A teammate vouched for it",
  host: "The business's own site vouches for it",
};
type NewAddress = Schemas["NewAddress"];

const keyOf = (id: string) => ["get", "/api/contacts/{contact_id}", { params: { path: { contact_id: id } } }] as const;

export function AddressList({ contact }: { contact: Contact }) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <ul className={classes.lines} aria-label="Addresses">
        {contact.addresses.map((address) => (
          <Line key={address.id} contact={contact} address={address} />
        ))}
      </ul>
      {adding ? (
        <AddAddress contactId={contact.id} close={() => setAdding(false)} />
      ) : (
        <Button variant="subtle" color="gray" size="compact-xs" mt={4} leftSection={<Plus size={13} aria-hidden />} onClick={() => setAdding(true)}>
          Add an address
        </Button>
      )}
    </>
  );
}

function Line({ contact, address }: { contact: Contact; address: Address }) {
  const queries = useQueryClient();
  const path = { contact_id: contact.id, address_id: address.id };
  const vouch = useAct(
    async () => {
      const { data } = await client.POST("/api/contacts/{contact_id}/addresses/{address_id}/verify", { params: { path } });
      return data!;
    },
    { done: "You vouched for it", failed: "It was not taken", onDone: (found) => queries.setQueryData(keyOf(contact.id), found) },
  );
  const remove = useAct(() => client.DELETE("/api/contacts/{contact_id}/addresses/{address_id}", { params: { path } }), {
    guess: () => [{ key: keyOf(contact.id), change: (kept: Contact | undefined) => kept && { ...kept, addresses: kept.addresses.filter(({ id }) => id !== address.id) } }],
    failed: "The address was not removed",
  });
  const Icon = ICONS[address.kind] ?? Hash;
  const words = shownAddress(address);
  return (
    <li className={classes.line}>
      <Icon size={15} role="img" aria-label={ADDRESS_KINDS[address.kind] ?? address.kind} style={{ marginTop: 3, flex: "none" }} />
      <span className={classes.text}>
        {words}
        {address.claimed && <span className={classes.small}>They only say that it is theirs</span>}
      </span>
      {address.verified && (
        <Tooltip label={PROVED[address.verified_by ?? ""] ?? "Proved"}>
          <BadgeCheck size={15} role="img" aria-label={`Proved. ${PROVED[address.verified_by ?? ""] ?? ""}`} color="var(--mantine-color-teal-6)" style={{ marginTop: 3, flex: "none" }} />
        </Tooltip>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`More about ${words}`}>
            <EllipsisVertical size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {address.kind !== "visitor" && <Menu.Item onClick={() => void navigator.clipboard?.writeText(address.value)}>Copy</Menu.Item>}
          {!address.verified && <Menu.Item onClick={() => vouch.mutate(undefined)}>I know that it is theirs</Menu.Item>}
          <Menu.Item color="red" onClick={() => remove.mutate(undefined)}>
            Remove
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

function AddAddress({ contactId, close }: { contactId: string; close: () => void }) {
  const queries = useQueryClient();
  const [kind, setKind] = useState<NewAddress["kind"]>("email");
  const [value, setValue] = useState("");
  const add = useAct(
    async (body: NewAddress) => {
      const { data } = await client.POST("/api/contacts/{contact_id}/addresses", { params: { path: { contact_id: contactId } }, body });
      return data!;
    },
    {
      failed: "The address was not added",
      onDone: (found) => {
        queries.setQueryData(keyOf(contactId), found);
        close();
      },
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim()) add.mutate({ kind, value: value.trim() });
  };
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && close()}>
      <Group gap={6} mt={6}>
        <Select
          size="xs"
          w={110}
          aria-label="Kind of address"
          allowDeselect={false}
          data={(["email", "phone", "whatsapp", "slack", "crm"] as const).map((one) => ({ value: one, label: ADDRESS_KINDS[one]! }))}
          value={kind}
          onChange={(chosen) => setKind(chosen as NewAddress["kind"])}
        />
        <TextInput size="xs" flex={1} miw={140} autoFocus aria-label="Address" placeholder={kind === "phone" ? "+43 660 1234567" : ""} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
        <Button type="submit" loading={add.isPending}>
          Add
        </Button>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
