/** What is remembered of a contact for years. */
import { ActionIcon, Button, Group, Textarea, TextInput } from "@mantine/core";
import { Pencil, Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { ConversationLink } from "./ConversationLink";
import { useWho } from "./data";
import classes from "./parts.module.css";

type Fact = Schemas["Fact"];
const FACTS = ["get", "/api/contacts/{contact_id}/facts"];
type Kept = Schemas["Facts"] | undefined;

export function FactList({ contactId }: { contactId: string }) {
  const path = { contact_id: contactId };
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}/facts", { params: { path } });
  const [text, setText] = useState("");
  const add = useAct((words: string) => client.POST("/api/contacts/{contact_id}/facts", { params: { path }, body: { text: words } }), {
    guess: () => [{ key: FACTS, change: (kept: Kept) => kept }],
    failed: "It was not written down",
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    add.mutate(text.trim());
    setText("");
  };
  if (isPending) return <Lines count={2} height={24} />;
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  return (
    <>
      {data.items.length > 0 && (
        <ul className={classes.lines} aria-label="Remembered">
          {data.items.map((fact) => (
            <Line key={fact.id} contactId={contactId} fact={fact} />
          ))}
        </ul>
      )}
      <form onSubmit={submit}>
        <Group gap={6} mt={6} wrap="nowrap">
          <TextInput size="xs" flex={1} placeholder="Write something down" aria-label="New fact" leftSection={<Plus size={14} aria-hidden />} value={text} maxLength={500} onChange={(event) => setText(event.currentTarget.value)} />
          {text && <Button type="submit">Add</Button>}
        </Group>
      </form>
    </>
  );
}

function Line({ contactId, fact }: { contactId: string; fact: Fact }) {
  const who = useWho();
  const [editing, setEditing] = useState<string>();
  const path = { contact_id: contactId, fact_id: fact.id };
  const change = useAct((text: string) => client.PATCH("/api/contacts/{contact_id}/facts/{fact_id}", { params: { path }, body: { text } }), {
    guess: (text) => [{ key: FACTS, change: (kept: Kept) => kept && { items: kept.items.map((one) => (one.id === fact.id ? { ...one, text } : one)) } }],
    failed: "It was not changed",
  });
  const forget = useAct(() => client.DELETE("/api/contacts/{contact_id}/facts/{fact_id}", { params: { path } }), {
    guess: () => [{ key: FACTS, change: (kept: Kept) => kept && { items: kept.items.filter(({ id }) => id !== fact.id) } }],
    failed: "It was not forgotten",
  });
  const save = () => {
    if (editing?.trim() && editing.trim() !== fact.text) change.mutate(editing.trim());
    setEditing(undefined);
  };
  if (editing !== undefined) {
    return (
      <li>
        <Textarea
          size="xs"
          autosize
          autoFocus
          aria-label="Change what is remembered"
          value={editing}
          maxLength={500}
          onChange={(event) => setEditing(event.currentTarget.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === "Escape") setEditing(undefined);
            if (event.key === "Enter" && !event.shiftKey) {
              event.preventDefault();
              save();
            }
          }}
        />
      </li>
    );
  }
  return (
    <li className={classes.line}>
      <span className={classes.text}>
        {fact.text}
        <span className={classes.small}>
          {who(fact.said_by)}, <Ago at={fact.updated_at} />
          {fact.conversation_id && (
            <>
              {" · "}
              <ConversationLink id={fact.conversation_id} className={classes.plain}>
                where it was said
              </ConversationLink>
            </>
          )}
        </span>
      </span>
      <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`Change: ${fact.text}`} onClick={() => setEditing(fact.text)}>
        <Pencil size={13} />
      </ActionIcon>
      <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`Forget: ${fact.text}`} onClick={() => forget.mutate(undefined)}>
        <X size={14} />
      </ActionIcon>
    </li>
  );
}
