/** The voice agent calls a contact: what it is about, at which of their numbers, from which of ours. */
import { Anchor, Button, Group, Modal, Select, Stack, Text, Textarea } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { type Contact, nameOf } from "../parts/data";
import { newId } from "../parts/ids";

export default function Call({ contact, close }: { contact: Contact; close: () => void }) {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const ours = data?.items.filter(({ channel, enabled }) => channel.startsWith("voice_") && enabled) ?? [];
  return (
    <Modal opened onClose={close} title={`Call ${nameOf(contact)}`} size="md">
      {isPending ? (
        <Lines count={3} />
      ) : !data ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : ours.length ? (
        <Wanted contact={contact} ours={ours.map(({ id, address }) => ({ value: id, label: address }))} close={close} />
      ) : (
        <Text size="sm">
          No number of yours can call yet. Connect one under{" "}
          <Anchor renderRoot={(props) => <Link to="/connectors" {...props} />}>Connectors</Anchor>.
        </Text>
      )}
    </Modal>
  );
}

function Wanted({ contact, ours, close }: { contact: Contact; ours: { value: string; label: string }[]; close: () => void }) {
  const theirs = [...new Set(contact.addresses.filter(({ kind }) => kind === "phone").map(({ value }) => value))];
  const [number, setNumber] = useState(theirs[0]!);
  const [account, setAccount] = useState(ours[0]!.value);
  const [purpose, setPurpose] = useState("");
  const [key] = useState(newId); // pressed twice, it rings once
  const navigate = useNavigate();
  const place = useAct((about: string) => client.POST("/api/calls", { body: { contact_id: contact.id, purpose: about, number, account_id: account, key } }), {
    failed: "Nobody was called",
    onDone: ({ data }) => {
      close();
      void navigate({ to: "/calls/$callId", params: { callId: data!.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (purpose.trim().length >= 3) place.mutate(purpose.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Textarea
          label="What it is about"
          description="The agent says so first, in these words: “I am calling about this: …”"
          placeholder="your appointment tomorrow at ten"
          autosize
          minRows={2}
          maxLength={300}
          required
          data-autofocus
          value={purpose}
          onChange={(event) => setPurpose(event.currentTarget.value)}
        />
        <Select label="Their number" data={theirs} value={number} allowDeselect={false} onChange={(value) => value && setNumber(value)} />
        <Select label="From" data={ours} value={account} allowDeselect={false} onChange={(value) => value && setAccount(value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" loading={place.isPending} disabled={purpose.trim().length < 3}>Call</Button>
        </Group>
      </Stack>
    </form>
  );
}
