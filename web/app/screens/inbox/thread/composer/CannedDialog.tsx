/** Canned replies, kept in order: written, changed, removed. */
import { ActionIcon, Button, Code, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import classes from "./composer.module.css";

type Reply = Schemas["CannedReply"];
type Body = Schemas["NewCannedReply"];

const KEY = ["get", "/api/canned-replies"];

export default function CannedDialog({ close }: { close: () => void }) {
  const [open, setOpen] = useState<Reply | "new" | null>(null);
  const { data, error, refetch } = api.useQuery("get", "/api/canned-replies", { params: { query: { limit: 500 } } });
  const remove = useAct((reply: Reply) => client.DELETE("/api/canned-replies/{canned_reply_id}", { params: { path: { canned_reply_id: reply.id } } }), {
    failed: "The reply stays",
    guess: (reply) => [{ key: KEY, change: (list: Schemas["CannedReplies"] | undefined) => list && { ...list, items: list.items.filter(({ id }) => id !== reply.id) } }],
    done: "Removed",
  });
  return (
    <Modal opened onClose={close} title="Canned replies" size="lg">
      {error ? <Failed error={error} retry={() => void refetch()} /> : !data ? <Lines count={3} /> : open ? (
        <Form reply={open === "new" ? null : open} placeholders={data.placeholders} done={() => setOpen(null)} />
      ) : (
        <Stack gap="xs">
          {data.items.length === 0 && <Text size="sm" c="dimmed">None yet. A canned reply is a text with a shortcut: type / and the shortcut while you write.</Text>}
          {data.items.map((reply) => (
            <div key={reply.id} className={classes.kept}>
              <div>
                <Text size="sm" fw={500}>{reply.title} <Text span size="xs" c="dimmed">/{reply.shortcut}{reply.language && ` · ${reply.language}`}</Text></Text>
                <Text size="xs" c="dimmed" lineClamp={2}>{reply.text}</Text>
              </div>
              <ActionIcon variant="subtle" color="gray" aria-label={`Change ${reply.title}`} onClick={() => setOpen(reply)}><Pencil size={15} /></ActionIcon>
              <ActionIcon variant="subtle" color="red" aria-label={`Remove ${reply.title}`} onClick={() => remove.mutate(reply)}><Trash2 size={15} /></ActionIcon>
            </div>
          ))}
          <Group><Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setOpen("new")}>New canned reply</Button></Group>
        </Stack>
      )}
    </Modal>
  );
}

function Form({ reply, placeholders, done }: { reply: Reply | null; placeholders: Record<string, string>; done: () => void }) {
  const form = useForm({
    initialValues: { title: reply?.title ?? "", shortcut: reply?.shortcut ?? "", language: reply?.language ?? "", text: reply?.text ?? "" },
    validate: {
      title: (value) => (value.trim() ? null : "Expected a title"),
      shortcut: (value) => (/^[\w-]{1,40}$/.test(value) ? null : "Expected a word of letters, digits, - and _"),
      language: (value) => (/^([a-z]{2,3})?$/.test(value) ? null : "Expected a code like de, or nothing"),
      text: (value) => (value.trim() ? null : "Expected a text"),
    },
  });
  const save = useAct(
    async (body: Body) =>
      reply ? client.PATCH("/api/canned-replies/{canned_reply_id}", { params: { path: { canned_reply_id: reply.id } }, body }) : client.POST("/api/canned-replies", { body }),
    { guess: () => [{ key: KEY, change: (list: unknown) => list }], onDone: done, failed: "It was not kept" },
  );
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate({ ...values, language: values.language || null }))}>
      <Stack gap="sm">
        <Group grow align="start">
          <TextInput label="Title" required data-autofocus {...form.getInputProps("title")} />
          <TextInput label="Shortcut" required leftSection="/" {...form.getInputProps("shortcut")} />
          <TextInput label="Language" placeholder="any" {...form.getInputProps("language")} />
        </Group>
        <Textarea label="Text" required autosize minRows={4} maxRows={14} {...form.getInputProps("text")} />
        <Text size="xs" c="dimmed">
          Filled in when it is used: {Object.keys(placeholders).map((name) => <Code key={name} mr={4}>{`{{${name}}}`}</Code>)} A word for when nothing is known: <Code>{"{{contact.first_name|there}}"}</Code>
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={done}>Cancel</Button>
          <Button type="submit" loading={save.isPending}>Keep</Button>
        </Group>
      </Stack>
    </form>
  );
}
