import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import type { Contact } from "../parts/data";

export type Changes = Schemas["ContactChanges"];

/** Changes of one contact, shown before the server has them; `fields` names only what changes, `null` removes. */
export function useChangeContact(contactId: string) {
  const path = { contact_id: contactId };
  return useAct(
    async (body: Partial<Changes>) => {
      const { data } = await client.PATCH("/api/contacts/{contact_id}", { params: { path }, body: body as Changes });
      return data!;
    },
    {
      guess: (body) => [{ key: ["get", "/api/contacts/{contact_id}", { params: { path } }], change: (kept: Contact | undefined) => kept && after(kept, body) }],
      failed: "That was not changed",
    },
  );
}

function after(contact: Contact, changes: Partial<Changes>): Contact {
  const fields = Object.entries({ ...contact.fields, ...changes.fields }).filter(([, value]) => value !== null);
  return { ...contact, ...changes, fields: Object.fromEntries(fields) } as Contact;
}
