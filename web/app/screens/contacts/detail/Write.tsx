/** A message that nobody asked for: a mail begins a conversation, a chat goes on. */
import { Alert, Anchor, Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ban } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { channelName } from "~/ui/channel";
import { Failed, Lines } from "~/ui/states";
import { type Chosen, TemplateForm } from "~/ui/TemplateForm";
import { type Contact, nameOf } from "../parts/data";
import { NoticeWith } from "../merging/undoNotice";
import { newId } from "../parts/ids";

type Way = Schemas["Way"];

export default function Write({ contact, close }: { contact: Contact; close: () => void }) {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}/ways-to-write", { params: { path: { contact_id: contact.id } } });
  return (
    <Modal opened onClose={close} title={`Write to ${nameOf(contact)}`} size="lg">
      {isPending ? (
        <Lines count={3} />
      ) : !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data.items.length ? (
        <Letter contact={contact} ways={data.items} close={close} />
      ) : (
        <Text size="sm">
          There is nowhere to write to. It takes an e-mail address of theirs, and a{" "}
          <Anchor renderRoot={(props) => <Link to="/connectors" {...props} />}>connected mailbox</Anchor> of yours.
        </Text>
      )}
    </Modal>
  );
}

function Letter({ contact, ways, close }: { contact: Contact; ways: Way[]; close: () => void }) {
  const [chosen, setChosen] = useState(() => String(Math.max(0, ways.findIndex(({ blocked }) => !blocked))));
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const [messageId] = useState(newId); // pressed twice, it leaves once
  const way = ways[Number(chosen)]!;
  const navigate = useNavigate();
  const send = useAct(() => sent(contact.id, way, { subject, text, messageId }), {
    failed: "It was not sent",
    onDone: (conversationId) => {
      close();
      // Notices stand beside the router: no links of its own there.
      const open = () => void navigate({ to: `/inbox/all/${conversationId}` as "/inbox" });
      notifications.show({ message: <NoticeWith action="Open the conversation" onAction={open}>On its way.</NoticeWith>, autoClose: 8_000 });
    },
  });
  const byTemplate = useAct((template: Chosen) => client.POST("/api/contacts/{contact_id}/conversations", { params: { path: { contact_id: contact.id } }, body: { account_id: way.account_id, address_id: way.address_id, text: "", template, message_id: messageId } }), {
    failed: "It was not sent",
    onDone: ({ data }) => {
      close();
      void navigate({ to: `/inbox/all/${data!.conversation_id}` as "/inbox" });
    },
  });
  const ready = text.trim() && (!way.subject || subject.trim()) && !way.blocked;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !send.isPending) send.mutate(undefined);
  };
  const where = <Where ways={ways} way={way} chosen={chosen} choose={setChosen} />;
  if (way.templates && !way.blocked) {
    return (
      <Stack gap="sm">
        {where}
        <TemplateForm contactId={contact.id} accountId={way.account_id} sending={byTemplate.isPending} send={byTemplate.mutate} />
      </Stack>
    );
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && submit(event)}>
      <Stack gap="sm">
        {where}
        {way.blocked && (
          <Alert color="red" icon={<Ban size={16} />} title="Nothing may be sent there">
            <Text size="sm">{way.blocked.charAt(0).toUpperCase() + way.blocked.slice(1)}. If they agreed since, note it under “What they agreed to”.</Text>
          </Alert>
        )}
        {way.subject && <TextInput label="Subject" required maxLength={300} data-autofocus value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />}
        <Textarea label="Message" required autosize minRows={7} maxRows={18} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus={way.subject ? undefined : true} />
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            {way.conversation_id ? "It is added to the chat that is there" : `A new conversation from ${way.account}, held by you`}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={!ready} loading={send.isPending}>
              Send
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function Where({ ways, way, chosen, choose }: { ways: Way[]; way: Way; chosen: string; choose: (value: string) => void }) {
  return (
    <Select
      label="To"
      allowDeselect={false}
      data={ways.map((one, index) => ({ value: String(index), label: labelOf(one) }))}
      value={chosen}
      onChange={(value) => value && choose(value)}
      description={way.claimed ? "They only say that this address is theirs. Write nothing that somebody else should not read." : undefined}
    />
  );
}

function labelOf(way: Way): string {
  const where = way.conversation_id ? "the chat that is there" : way.display;
  return `${channelName(way.channel)}: ${where}${way.verified ? " (proved)" : ""}`;
}

/** The conversation it is in. */
async function sent(contactId: string, way: Way, { subject, text, messageId }: { subject: string; text: string; messageId: string }): Promise<string> {
  if (way.conversation_id) {
    await client.POST("/api/conversations/{conversation_id}/messages", { params: { path: { conversation_id: way.conversation_id } }, body: { text, note: false, attachments: [], message_id: messageId } });
    return way.conversation_id;
  }
  const { data } = await client.POST("/api/contacts/{contact_id}/conversations", {
    params: { path: { contact_id: contactId } },
    body: { account_id: way.account_id, address_id: way.address_id, subject: way.subject ? subject.trim() : null, text, message_id: messageId },
  });
  return data!.conversation_id;
}
