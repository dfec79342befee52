/** What a contact agreed to or asked us not to do, and how that is noted. */
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Ago } from "~/ui/time";
import { type Contact, useWho } from "../parts/data";
import parts from "../parts/parts.module.css";

type NewConsent = Schemas["NewConsent"];
const CHANNELS: Record<NewConsent["channel"], string> = { any: "any channel", email: "e-mail", phone: "telephone", whatsapp: "WhatsApp", webchat: "chat", slack: "Slack" };
const PURPOSES: Record<NonNullable<NewConsent["purpose"]>, string> = { all: "messages", reply: "answers", follow_up: "follow-ups", marketing: "marketing" };
const options = (words: Record<string, string>) => Object.entries(words).map(([value, label]) => ({ value, label }));

/** "email/follow_up" as people say it. */
export function blockedWords(entry: string): string {
  const [channel = "any", purpose = "all"] = entry.split("/");
  return `No ${PURPOSES[purpose as "all"] ?? purpose} by ${CHANNELS[channel as "any"] ?? channel}`;
}

export function Consent({ contact }: { contact: Contact }) {
  const path = { contact_id: contact.id };
  const { data } = api.useQuery("get", "/api/contacts/{contact_id}/consents", { params: { path } });
  const who = useWho();
  const [adding, setAdding] = useState(false);
  const blocked = data?.blocked ?? contact.blocked_channels;
  return (
    <>
      {blocked.length === 0 && !data?.items.length && <Text size="sm" c="dimmed">Nothing was said: answers may be sent, and what they ask for.</Text>}
      {blocked.map((entry) => (
        <Text key={entry} size="sm" fw={500}>
          {contact.status === "do_not_contact" && entry === "any" ? "Marked do-not-contact: nothing is sent" : blockedWords(entry)}
        </Text>
      ))}
      <ul className={parts.lines}>
        {data?.items.slice(0, 8).map((item) => (
          <li key={item.id} className={parts.line}>
            <span className={parts.text}>
              {item.state === "granted" ? "Agreed to" : "Wants no"} {PURPOSES[item.purpose]} by {CHANNELS[item.channel]}
              <span className={parts.small}>
                {item.source} · {who(item.recorded_by)}, <Ago at={item.created_at} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {adding ? (
        <AddConsent contactId={contact.id} close={() => setAdding(false)} />
      ) : (
        <Button variant="subtle" color="gray" size="compact-xs" mt={4} onClick={() => setAdding(true)}>
          Note what they said
        </Button>
      )}
    </>
  );
}

function AddConsent({ contactId, close }: { contactId: string; close: () => void }) {
  const [state, setState] = useState<NewConsent["state"]>("withdrawn");
  const [purpose, setPurpose] = useState<NonNullable<NewConsent["purpose"]>>("all");
  const [channel, setChannel] = useState<NewConsent["channel"]>("email");
  const [source, setSource] = useState("");
  const add = useAct((body: NewConsent) => client.POST("/api/contacts/{contact_id}/consents", { params: { path: { contact_id: contactId } }, body }), {
    guess: () => [
      { key: ["get", "/api/contacts/{contact_id}/consents"], change: (kept: unknown) => kept },
      { key: ["get", "/api/contacts/{contact_id}"], change: (kept: unknown) => kept },
      { key: ["get", "/api/contacts/{contact_id}/ways-to-write"], change: (kept: unknown) => kept },
    ],
    failed: "It was not noted",
    onDone: close,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (source.trim()) add.mutate({ channel, purpose, state, source: source.trim() });
  };
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && close()}>
      <Stack gap={6} mt={6}>
        <Group gap={6} grow>
          <Select size="xs" aria-label="What they said" allowDeselect={false} data={[{ value: "withdrawn", label: "Want no" }, { value: "granted", label: "Agree to" }]} value={state} onChange={(one) => setState(one as NewConsent["state"])} />
          <Select size="xs" aria-label="Of what" allowDeselect={false} data={options(PURPOSES)} value={purpose} onChange={(one) => setPurpose(one as "all")} />
          <Select size="xs" aria-label="By which channel" allowDeselect={false} data={options(CHANNELS)} value={channel} onChange={(one) => setChannel(one as "any")} />
        </Group>
        <TextInput size="xs" autoFocus placeholder="Where it was said: a call, a form, a letter" aria-label="Where it was said" maxLength={200} value={source} onChange={(event) => setSource(event.currentTarget.value)} />
        <Group gap={6} justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={!source.trim()} loading={add.isPending}>
            Note it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
