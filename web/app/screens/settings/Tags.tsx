/** Tags of conversations. */
import { ActionIcon, Badge, Button, Group, Select, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Pencil, Tags as TagsIcon, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "./Part";
import classes from "./Settings.module.css";

type Tag = Schemas["WorkspaceTag"];
type Colour = Schemas["NewTag"]["colour"];
const COLOURS: Colour[] = ["gray", "red", "pink", "grape", "violet", "indigo", "blue", "cyan", "teal", "green", "lime", "yellow", "orange"];
const KEY = ["get", "/api/tags"];
const same = ((answer: unknown) => answer) as never;

export default function Tags() {
  const { data, error, refetch } = api.useQuery("get", "/api/tags");
  const make = useAct((body: Schemas["NewTag"]) => client.POST("/api/tags", { body }), { guess: () => [{ key: KEY, change: same }], failed: "The tag was not made" });
  return (
    <>
      <Part title="New tag">
        <TagForm key={make.submittedAt} action="Make tag" busy={make.isPending} save={(name, colour) => make.mutate({ name, colour })} />
      </Part>
      <Part title="Tags" flush>
        {error && !data && <Failed error={error} retry={() => void refetch()} />}
        {!data && !error && <Lines count={3} />}
        {data && !data.items.length && <Empty icon={<TagsIcon size={22} />} title="There are no tags yet">Words by which conversations are found again: complaint, VIP.</Empty>}
        {data?.items.map((tag) => <Row key={tag.id} tag={tag} />)}
      </Part>
    </>
  );
}

function TagForm({ tag, action, busy, save, cancel }: { tag?: Tag; action: string; busy: boolean; save: (name: string, colour: Colour) => void; cancel?: () => void }) {
  const [name, type] = useState(tag?.name ?? "");
  const [colour, choose] = useState<Colour>((tag?.colour as Colour | undefined) ?? "gray");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(name.trim(), colour);
  };
  return (
    <form onSubmit={submit} style={{ flex: 1 }}>
      <Group align="flex-end" gap="sm">
        <TextInput aria-label="Name of the tag" placeholder="Name" flex={1} miw={160} maxLength={100} value={name} onChange={(event) => type(event.currentTarget.value)} data-autofocus={cancel ? true : undefined} />
        <Select aria-label="Colour" w={130} allowDeselect={false} data={COLOURS} value={colour} onChange={(value) => value && choose(value as Colour)} />
        <Button type="submit" size="sm" loading={busy} disabled={!name.trim()}>{action}</Button>
        {cancel && <Button size="sm" variant="default" onClick={cancel}>Cancel</Button>}
      </Group>
    </form>
  );
}

function Row({ tag }: { tag: Tag }) {
  const isAdmin = useIsAdmin();
  const [editing, edit] = useDisclosure(false);
  const [asking, ask] = useDisclosure(false);
  const path = { tag_id: tag.id };
  const change = useAct((body: Schemas["TagChanges"]) => client.PATCH("/api/tags/{tag_id}", { params: { path }, body }), {
    failed: "The tag was not changed",
    guess: (body) => [{ key: KEY, change: ((answer: { items: Tag[] } | undefined) => answer && { ...answer, items: answer.items.map((one) => (one.id === tag.id ? { ...one, ...body } : one)) }) as never }],
  });
  const remove = useAct(() => client.DELETE("/api/tags/{tag_id}", { params: { path } }), { failed: "The tag stays", guess: () => [{ key: KEY, change: same }], onDone: ask.close });
  if (editing) {
    return (
      <div className={classes.row}>
        <TagForm tag={tag} action="Save" busy={change.isPending} cancel={edit.close} save={(name, colour) => (change.mutate({ name, colour }), edit.close())} />
      </div>
    );
  }
  return (
    <div className={classes.row}>
      <div className={classes.words}><Badge color={tag.colour}>{tag.name}</Badge></div>
      <Text size="sm" c="dimmed">{tag.conversations} {tag.conversations === 1 ? "conversation" : "conversations"}</Text>
      {isAdmin && (
        <>
          <ActionIcon variant="subtle" color="gray" aria-label={`Change ${tag.name}`} onClick={edit.open}><Pencil size={15} /></ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${tag.name}`} onClick={ask.open}><Trash2 size={15} /></ActionIcon>
        </>
      )}
      <Confirm opened={asking} close={ask.close} title={`Delete ${tag.name}?`} action="Delete" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        It goes from {tag.conversations} conversations.
      </Confirm>
    </div>
  );
}
