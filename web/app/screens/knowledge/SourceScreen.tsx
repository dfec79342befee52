import { ActionIcon, Anchor, Badge, Button, Group, Loader, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Check, Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import { Confirm } from "~/ui/confirm";
import { Page } from "~/ui/page";
import { Failed, Lines } from "~/ui/states";
import { Ago, fromNow } from "~/ui/time";
import { EVERY } from "./AddSource";
import { useChangeSource, useRemoveSource, useSwitchSource, useVisit } from "./acts";
import { Documents } from "./Documents";
import { FaqEditor } from "./FaqEditor";
import classes from "./knowledge.module.css";
import { Passages } from "./Passages";
import { sourceRoute } from "./routes";
import { count, isWeb, KINDS, safeLink, sizeOf, type Source, stateOf } from "./sources";
import { TextEditor } from "./TextEditor";

export function SourceScreen() {
  const { sourceId } = sourceRoute.useParams();
  const source = api.useQuery("get", "/api/knowledge/{source_id}", { params: { path: { source_id: sourceId } } });
  return (
    <Page title={source.data?.title ?? "Source"} wide actions={source.data && <Actions source={source.data} />} about={source.data && <About source={source.data} />}>
      <div className={classes.body}>
        <Anchor component={Link} to="/knowledge" size="sm">
          <ArrowLeft size={13} aria-hidden /> All sources
        </Anchor>
        {source.isPending && <Lines />}
        {source.error && <Failed error={source.error} retry={() => void source.refetch()} />}
        {source.data && <Body key={source.data.id} source={source.data} />}
      </div>
    </Page>
  );
}

function About({ source }: { source: Source }) {
  const state = stateOf(source);
  const link = safeLink(source.url);
  return (
    <Group gap="xs" component="span">
      {state.busy ? <Loader size={12} /> : null}
      <Badge color={state.color}>{state.text}</Badge>
      <span>
        {KINDS[source.kind].name} · {count(source.passages, "passage")} · {sizeOf(source.size)}
      </span>
      {link && (
        <Anchor href={link} target="_blank" rel="noreferrer noopener" size="sm">
          {source.url}
        </Anchor>
      )}
    </Group>
  );
}

function Actions({ source }: { source: Source }) {
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const toggle = useSwitchSource();
  const visit = useVisit();
  const remove = useRemoveSource(() => void navigate({ to: "/knowledge" }));
  return (
    <>
      <Switch label="Agents use it" checked={source.enabled} onChange={(event) => toggle.mutate({ id: source.id, enabled: event.currentTarget.checked })} />
      {isWeb(source) && (
        <Button variant="default" leftSection={<RefreshCw size={14} />} disabled={!source.enabled} onClick={() => visit.mutate(source.id)}>
          Visit now
        </Button>
      )}
      <ActionIcon variant="default" size="md" aria-label="Remove" onClick={() => setRemoving(true)}>
        <Trash2 size={15} />
      </ActionIcon>
      <Confirm opened={removing} close={() => setRemoving(false)} title={`Remove “${source.title}”?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(source.id)}>
        Agents will not answer from it any more. This cannot be undone; switching it off can.
      </Confirm>
    </>
  );
}

function Body({ source }: { source: Schemas["SourceWithContent"] }) {
  const { document, status } = sourceRoute.useSearch();
  return (
    <Stack mt="md" gap="lg">
      <Titled source={source} />
      {isWeb(source) && <Visits source={source} />}
      {source.kind === "faq" && <FaqEditor source={source} />}
      {(source.kind === "text" || source.kind === "markdown") && <TextEditor source={source} />}
      {(source.kind === "file" || isWeb(source)) && <Documents source={source} status={status as Schemas["Document"]["status"]} opened={document} />}
      {source.kind !== "faq" && (document || !isWeb(source)) && <Passages sourceId={source.id} documentId={document} enabled={source.enabled} />}
    </Stack>
  );
}

function Titled({ source }: { source: Source }) {
  const [title, setTitle] = useState<string | null>(null);
  const change = useChangeSource(source.id);
  if (title === null) {
    return (
      <Group gap="xs">
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {source.title}
        </Text>
        <ActionIcon variant="subtle" color="gray" aria-label="Rename" onClick={() => setTitle(source.title)}>
          <Pencil size={14} />
        </ActionIcon>
      </Group>
    );
  }
  const save = () => {
    if (title.trim() && title !== source.title) change.mutate({ title: title.trim() });
    setTitle(null);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Group gap="xs">
        <TextInput aria-label="Title" value={title} maxLength={200} autoFocus onChange={(event) => setTitle(event.currentTarget.value)} onKeyDown={(event) => event.key === "Escape" && setTitle(null)} w={{ base: "100%", sm: 420 }} />
        <ActionIcon type="submit" aria-label="Save the title">
          <Check size={15} />
        </ActionIcon>
      </Group>
    </form>
  );
}

function Visits({ source }: { source: Source }) {
  const change = useChangeSource(source.id);
  const visited = source.visit_ended_at ?? source.visit_began_at;
  return (
    <div className={classes.card}>
      <Group justify="space-between" align="flex-end">
        <div>
          <Text size="sm">
            {source.visit_began_at && !source.visit_ended_at ? "A visit is going on." : visited ? <>Visited <Ago at={visited} />.</> : "Not visited yet."}{" "}
            {source.next_visit_at && `Again ${fromNow(source.next_visit_at)}.`}
          </Text>
          {source.visit_error && (
            <Text size="sm" className={classes.problem} mt={4}>
              {source.visit_error}
            </Text>
          )}
        </div>
        <Select
          label="Visited again"
          size="xs"
          w={150}
          data={EVERY}
          value={source.every_hours ? String(source.every_hours) : null}
          placeholder={source.every_hours ? `every ${source.every_hours} hours` : "never"}
          allowDeselect={false}
          onChange={(value) => value && change.mutate({ every_hours: Number(value) })}
        />
      </Group>
    </div>
  );
}
