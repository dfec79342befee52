/** Canned replies: texts that teammates put into a reply by typing `/` and a word. */
import { ActionIcon, Alert, Button, Code, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { FileText, Pencil, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "./Part";
import classes from "./Settings.module.css";

type Reply = Schemas["CannedReply"];
type Body = Schemas["NewCannedReply"];
const KEY = ["get", "/api/canned-replies"];
const same = ((answer: unknown) => answer) as never;

export default function CannedReplies() {
  const { data, error, refetch } = api.useQuery("get", "/api/canned-replies");
  const [edited, edit] = useState<Reply | "new">();
  return (
    <Part title="Canned replies" flush about="Typed as / and a word in a reply." action={<Button leftSection={<Plus size={14} aria-hidden />} onClick={() => edit("new")}>New reply</Button>}>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Lines count={3} />}
      {data && !data.items.length && <Empty icon={<FileText size={22} />} title="There are no canned replies yet">What you write again and again: directions, payment, a polite no.</Empty>}
      {data?.items.map((reply) => <Row key={reply.id} reply={reply} edit={() => edit(reply)} />)}
      <Modal opened={edited !== undefined} onClose={() => edit(undefined)} title={edited === "new" ? "New canned reply" : "Canned reply"} size="lg">
        {edited && <Editor reply={edited === "new" ? undefined : edited} placeholders={data?.placeholders ?? {}} close={() => edit(undefined)} />}
      </Modal>
    </Part>
  );
}

function Row({ reply, edit }: { reply: Reply; edit: () => void }) {
  const [asking, ask] = useDisclosure(false);
  const remove = useAct(() => client.DELETE("/api/canned-replies/{canned_reply_id}", { params: { path: { canned_reply_id: reply.id } } }), { failed: "The reply stays", guess: () => [{ key: KEY, change: same }], onDone: ask.close });
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Group gap="xs"><Text size="sm" fw={600}>{reply.title}</Text><Code>/{reply.shortcut}</Code>{reply.language && <Text size="xs" c="dimmed">{reply.language}</Text>}</Group>
        <Text size="sm" c="dimmed" lineClamp={2}>{reply.text}</Text>
      </div>
      <ActionIcon variant="subtle" color="gray" aria-label={`Change ${reply.title}`} onClick={edit}><Pencil size={15} /></ActionIcon>
      <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${reply.title}`} onClick={ask.open}><Trash2 size={15} /></ActionIcon>
      <Confirm opened={asking} close={ask.close} title={`Delete ${reply.title}?`} action="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)} />
    </div>
  );
}

function Editor({ reply, placeholders, close }: { reply?: Reply; placeholders: Record<string, string>; close: () => void }) {
  const [draft, change] = useState<Body>({ title: reply?.title ?? "", shortcut: reply?.shortcut ?? "", text: reply?.text ?? "", language: reply?.language ?? null });
  const save = useAct(
    async (body: Body) => void (reply ? await client.PATCH("/api/canned-replies/{canned_reply_id}", { params: { path: { canned_reply_id: reply.id } }, body }) : await client.POST("/api/canned-replies", { body })),
    { guess: () => [{ key: KEY, change: same }], onDone: close, failed: "It was not saved" },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ ...draft, language: draft.language || null });
  };
  const isComplete = draft.title.trim() && /^[\w-]{1,40}$/.test(draft.shortcut) && draft.text.trim();
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {save.error && <Alert color="red">{said(save.error)}</Alert>}
        <Group grow align="flex-start">
          <TextInput data-autofocus label="Title" maxLength={300} value={draft.title} onChange={(event) => change({ ...draft, title: event.currentTarget.value })} />
          <TextInput label="Word after /" description="Letters, digits, - and _" maxLength={40} value={draft.shortcut} onChange={(event) => change({ ...draft, shortcut: event.currentTarget.value })} />
          <TextInput label="Language" description="Empty: it suits any" placeholder="en" maxLength={3} value={draft.language ?? ""} onChange={(event) => change({ ...draft, language: event.currentTarget.value })} />
        </Group>
        <Textarea label="Text" autosize minRows={5} maxRows={16} maxLength={20000} value={draft.text} onChange={(event) => change({ ...draft, text: event.currentTarget.value })} />
        <Group gap={6}>
          <Text size="xs" c="dimmed">Put in:</Text>
          {Object.entries(placeholders).map(([name, about]) => (
            <Button key={name} size="compact-xs" variant="default" title={about} onClick={() => change({ ...draft, text: `${draft.text}${name.startsWith("{") ? name : `{${name}}`}` })}>{name.replace(/[{}]/g, "")}</Button>
          ))}
        </Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" loading={save.isPending} disabled={!isComplete}>Save</Button>
        </Group>
      </Stack>
    </form>
  );
}
