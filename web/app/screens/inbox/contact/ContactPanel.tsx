/** Who the other side of a conversation is: what is known of them, and everything that happened with them. */
import { ActionIcon, Badge, CloseButton, Group, Tabs, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ExternalLink } from "lucide-react";
import { lazy, Suspense } from "react";
import { api } from "~/api";
import { nameOf } from "~/screens/contacts/parts/data";
import { Failed, Lines } from "~/ui/states";
import { Face } from "../Face";
import frame from "../inbox.module.css";
import { Addresses } from "./Addresses";
import { Bookings } from "./Bookings";
import classes from "./contact.module.css";
import { Duplicates } from "./Duplicates";
import { Facts } from "./Facts";
import { Fields } from "./Fields";
import { Name } from "./Name";
import { Tasks } from "./Tasks";

const Timeline = lazy(() => import("./Timeline"));

export default function ContactPanel({ contactId, conversationId, close }: { contactId: string; conversationId: string; close: () => void }) {
  const { data: contact, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}", { params: { path: { contact_id: contactId } } });
  return (
    <aside className={frame.panel} aria-label="Contact">
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!contact && !error && <Lines count={5} />}
      {contact && (
        <>
          <Group p="md" pb="xs" gap="sm" wrap="nowrap" align="flex-start">
            <Face name={nameOf(contact)} size={38} />
            <div className={classes.who}>
              <Name contact={contact} />
              <Text size="xs" c="dimmed" tt="capitalize">
                {contact.status.replaceAll("_", " ")}
              </Text>
            </div>
            <Tooltip label="Open the contact">
              <ActionIcon variant="subtle" color="gray" renderRoot={(props) => <Link to={`/contacts/${contact.id}` as "/"} {...props} />} aria-label="Open the contact">
                <ExternalLink size={15} />
              </ActionIcon>
            </Tooltip>
            <CloseButton className={classes.close} aria-label="Hide the contact" onClick={close} />
          </Group>
          {contact.status === "do_not_contact" && (
            <Badge mx="md" color="red">
              Do not contact
            </Badge>
          )}
          <Duplicates contactId={contact.id} />
          <Tabs defaultValue="about" keepMounted={false}>
            <Tabs.List px="xs">
              <Tabs.Tab value="about">About</Tabs.Tab>
              <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="about" className={classes.sections}>
              <Addresses contact={contact} />
              <Fields contact={contact} />
              <Facts contactId={contact.id} conversationId={conversationId} />
              <Tasks contactId={contact.id} conversationId={conversationId} />
              <Bookings contactId={contact.id} />
            </Tabs.Panel>
            <Tabs.Panel value="timeline">
              <Suspense fallback={<Lines count={6} />}>
                <Timeline contactId={contact.id} conversationId={conversationId} />
              </Suspense>
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </aside>
  );
}
