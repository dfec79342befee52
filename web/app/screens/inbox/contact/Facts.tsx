import { ActionIcon, Group, Text, Textarea } from "@mantine/core";
import { Pencil, X } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed } from "~/ui/states";
import { exactly } from "~/ui/time";
import classes from "./contact.module.css";
import { Nothing, Section } from "./Section";

const FACTS = "/api/contacts/{contact_id}/facts";
const FACT = "/api/contacts/{contact_id}/facts/{fact_id}";
type Fact = Schemas["Fact"];
type All = Schemas["Facts"];

/** What is worth knowing for years: the AI reads it, too. */
export function Facts({ contactId, conversationId }: { contactId: string; conversationId: string }) {
  const path = { contact_id: contactId };
  const { data, error, refetch } = api.useQuery("get", FACTS, { params: { path } });
  const [editing, edit] = useState<string | null>(null);
  const guess = (change: (facts: Fact[]) => Fact[]) => [{ key: ["get", FACTS, { params: { path } }], change: ((before: All) => ({ items: change(before.items) })) as never }];
  const add = useAct((text: string) => client.POST(FACTS, { params: { path }, body: { text, conversation_id: conversationId } }), { failed: "It was not kept", guess: () => guess((facts) => facts) });
  const correct = useAct(({ id, text }: { id: string; text: string }) => client.PATCH(FACT, { params: { path: { ...path, fact_id: id } }, body: { text } }), {
    failed: "It was not corrected",
    guess: ({ id, text }) => guess((facts) => facts.map((fact) => (fact.id === id ? { ...fact, text } : fact))),
  });
  const forget = useAct((id: string) => client.DELETE(FACT, { params: { path: { ...path, fact_id: id } } }), {
    failed: "It was not forgotten",
    guess: (id) => guess((facts) => facts.filter((fact) => fact.id !== id)),
  });
  return (
    <Section title="Remembered" add={{ label: "Write something down", onClick: () => edit("new") }}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {editing === "new" && <Draft text="" save={(text) => add.mutate(text)} close={() => edit(null)} />}
      {data?.items.length === 0 && editing !== "new" && <Nothing>Nothing yet. What you write down, the AI knows next time.</Nothing>}
      {data?.items.map((fact) =>
        editing === fact.id ? (
          <Draft key={fact.id} text={fact.text} save={(text) => correct.mutate({ id: fact.id, text })} close={() => edit(null)} />
        ) : (
          <Group key={fact.id} gap={2} wrap="nowrap" align="flex-start" className={classes.fact}>
            <Text size="sm" flex={1} title={`${fact.said_by.startsWith("agent:") ? "The AI" : "A teammate"}, ${exactly(fact.updated_at)}`}>
              {fact.text}
            </Text>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Correct: ${fact.text}`} onClick={() => edit(fact.id)}>
              <Pencil size={13} />
            </ActionIcon>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Forget: ${fact.text}`} onClick={() => forget.mutate(fact.id)}>
              <X size={14} />
            </ActionIcon>
          </Group>
        ),
      )}
    </Section>
  );
}

function Draft({ text, save, close }: { text: string; save: (text: string) => void; close: () => void }) {
  const [draft, setDraft] = useState(text);
  const done = () => {
    if (draft.trim() && draft.trim() !== text) save(draft.trim());
    close();
  };
  return (
    <Textarea
      autoFocus
      autosize
      size="xs"
      mb={6}
      aria-label="What is worth remembering"
      placeholder="What is worth remembering. Enter keeps it."
      value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
        if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          done();
        }
      }}
    />
  );
}
