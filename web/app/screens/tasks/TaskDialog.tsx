/** One task in full: every word of it can be changed. */
import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { exactly } from "~/ui/time";
import { useMembers, useWho } from "../contacts/parts/data";
import { DueMenu } from "../contacts/parts/Due";
import { type Task, TASKS } from "../contacts/parts/tasks";

export default function TaskDialog({ taskId, close }: { taskId: string; close: () => void }) {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/tasks/{task_id}", { params: { path: { task_id: taskId } } });
  return (
    <Modal opened onClose={close} title="Task" size="lg">
      {isPending ? <Lines count={3} /> : !data ? <Failed error={error} retry={() => void refetch()} /> : <Form key={data.id} task={data} close={close} />}
    </Modal>
  );
}

function Form({ task, close }: { task: Task; close: () => void }) {
  const members = useMembers();
  const who = useWho();
  const [title, setTitle] = useState(task.title);
  const [detail, setDetail] = useState(task.detail);
  const [owner, setOwner] = useState(task.owner_id);
  const [due, setDue] = useState(task.due_at);
  const renew = [TASKS, "get"].flatMap((first) => ["/api/tasks", "/api/tasks/{task_id}"].map((path) => ({ key: [first, path], change: (kept: unknown) => kept })));
  const save = useAct(
    async (changes: Partial<Schemas["TaskChanges"]>) => {
      const { data } = await client.PATCH("/api/tasks/{task_id}", { params: { path: { task_id: task.id } }, body: changes as Schemas["TaskChanges"] });
      return data!;
    },
    { guess: () => renew, failed: "The task was not changed", onDone: close },
  );
  const changes: Partial<Schemas["TaskChanges"]> = {
    ...(title.trim() !== task.title ? { title: title.trim() } : {}),
    ...(detail !== task.detail ? { detail } : {}),
    ...(owner !== task.owner_id ? { owner_id: owner } : {}),
    ...(due !== task.due_at ? { due_at: due } : {}),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!title.trim()) return;
    if (Object.keys(changes).length) save.mutate(changes);
    else close();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput label="What is to be done" required maxLength={300} value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <Textarea label="More about it" autosize minRows={2} maxRows={12} maxLength={10_000} value={detail} onChange={(event) => setDetail(event.currentTarget.value)} />
        <Group align="flex-end">
          <Select label="Whose" searchable clearable placeholder="Nobody's" data={[...members].map(([value, label]) => ({ value, label }))} value={owner} onChange={setOwner} />
          <DueMenu label="Due" value={due} clearable onChange={setDue} />
        </Group>
        <Text size="xs" c="dimmed">
          {task.contact_id && (
            <>
              About <Link to="/contacts/$contactId" params={{ contactId: task.contact_id }}>{task.contact_name ?? "a contact"}</Link> ·{" "}
            </>
          )}
          Added by {who(task.created_by)}, {exactly(task.created_at)}
          {task.done_at && `; done ${exactly(task.done_at)}`}
        </Text>
        <Group justify="space-between">
          {task.status === "open" ? (
            <Button variant="subtle" color="gray" onClick={() => save.mutate({ status: "cancelled" })}>
              Cancel the task
            </Button>
          ) : (
            <Button variant="subtle" color="gray" onClick={() => save.mutate({ status: "open" })}>
              Open it again
            </Button>
          )}
          <Group gap="xs">
            <Button variant="default" onClick={close}>
              Close
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
