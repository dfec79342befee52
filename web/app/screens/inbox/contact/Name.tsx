import { Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { nameOf } from "~/screens/contacts/parts/data";
import { useAct } from "~/ui/act";
import { only } from "./only";

const CONTACT = "/api/contacts/{contact_id}";

/** The contact's name; pressed, it can be changed. */
export function Name({ contact }: { contact: Schemas["Contact"] }) {
  const [draft, setDraft] = useState<string | null>(null);
  const rename = useAct((name: string) => client.PATCH(CONTACT, { params: { path: { contact_id: contact.id } }, body: only<Schemas["ContactChanges"]>({ name }) }), {
    failed: "The name was not changed",
    guess: (name) => [{ key: ["get", CONTACT, { params: { path: { contact_id: contact.id } } }], change: (before: Schemas["Contact"]) => ({ ...before, name }) as never }],
  });
  const save = () => {
    const name = draft?.trim();
    if (name && name !== contact.name) rename.mutate(name);
    setDraft(null);
  };
  if (draft !== null)
    return (
      <TextInput
        size="xs"
        autoFocus
        aria-label="Name"
        maxLength={100}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter") save();
          if (event.key === "Escape") setDraft(null);
        }}
      />
    );
  return (
    <Tooltip label="Change the name">
      <UnstyledButton onClick={() => setDraft(contact.name ?? "")}>
        <Text component="h2" fw={600} m={0} fz="md">
          {nameOf(contact)}
        </Text>
      </UnstyledButton>
    </Tooltip>
  );
}
