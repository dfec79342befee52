import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { api } from "~/api";

/** Others who may be the same person, with the way to merge them. */
export function Duplicates({ contactId }: { contactId: string }) {
  const { data } = api.useQuery("get", "/api/contacts/duplicates", { params: { query: { contact: contactId, limit: 3 } } });
  if (!data?.items.length) return null;
  return (
    <Alert mx="md" mb="xs" p="xs" color="yellow" icon={<Users size={16} />}>
      {data.items.map(({ id, contacts, reasons }) => {
        const other = contacts.find((contact) => contact.id !== contactId);
        return (
          <Text key={id} size="sm">
            May be the same as{" "}
            <Anchor size="sm" renderRoot={(props) => <Link to={`/contacts/duplicates/${id}` as "/"} {...props} />} title={reasons.map(({ words }) => words).join(", ")}>
              {other?.name ?? "a contact without a name"}
            </Anchor>
          </Text>
        );
      })}
    </Alert>
  );
}
