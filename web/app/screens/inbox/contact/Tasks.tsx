import { Checkbox, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed } from "~/ui/states";
import { exactly, fromNow } from "~/ui/time";
import { only } from "./only";
import { Nothing, Section } from "./Section";

const TASKS = "/api/tasks";
type Page = Schemas["Page_Task_"];

/** What is open to be done for this contact. */
export function Tasks({ contactId, conversationId }: { contactId: string; conversationId: string }) {
  const question = { params: { query: { contact_id: contactId, status: "open" as const, limit: 20 } } };
  const { data, error, refetch } = api.useQuery("get", TASKS, question);
  const [draft, setDraft] = useState<string | null>(null);
  const key = ["get", TASKS, question];
  const add = useAct((title: string) => client.POST(TASKS, { body: only<Schemas["NewTask"]>({ title, contact_id: contactId, conversation_id: conversationId }) }), {
    failed: "The task was not added",
    guess: () => [{ key, change: ((before: Page) => before) as never }],
  });
  const finish = useAct((id: string) => client.PATCH("/api/tasks/{task_id}", { params: { path: { task_id: id } }, body: only<Schemas["TaskChanges"]>({ status: "done" }) }), {
    failed: "The task stays open",
    guess: (id) => [{ key, change: ((before: Page) => ({ ...before, items: before.items.filter((task) => task.id !== id) })) as never }],
    done: "Done",
  });
  const keep = () => {
    if (draft?.trim()) add.mutate(draft.trim());
    setDraft(null);
  };
  return (
    <Section title="Tasks" add={{ label: "Add a task", onClick: () => setDraft("") }}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {draft !== null && (
        <TextInput
          autoFocus
          size="xs"
          mb={6}
          aria-label="Task"
          placeholder="What is to be done. Enter adds it."
          maxLength={300}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === "Enter") keep();
            if (event.key === "Escape") setDraft(null);
          }}
        />
      )}
      {data?.items.length === 0 && draft === null && <Nothing>Nothing is to be done.</Nothing>}
      {data?.items.map((task) => (
        <Checkbox
          key={task.id}
          size="xs"
          mb={6}
          checked={false}
          onChange={() => finish.mutate(task.id)}
          label={
            <>
              {task.title}
              <Text size="xs" c="dimmed" title={task.due_at ? exactly(task.due_at) : undefined}>
                {[task.owner_name, task.due_at && `due ${fromNow(task.due_at)}`].filter(Boolean).join(" · ")}
              </Text>
            </>
          }
        />
      ))}
    </Section>
  );
}
