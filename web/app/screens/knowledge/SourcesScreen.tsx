import { ActionIcon, Badge, Button, FileButton, Group, Loader, Menu, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BookOpen, Globe, HelpCircle, MoreHorizontal, Plus, Type, Upload } from "lucide-react";
import { useState } from "react";
import { api, PAGED } from "~/api";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { AddSource, type Kind } from "./AddSource";
import { Frame } from "./Frame";
import classes from "./knowledge.module.css";
import { count, isWeb, KINDS, type Source, stateOf } from "./sources";
import { ACCEPTED } from "./upload";
import { Uploads, useUploads } from "./Uploads";
import { useRemoveSource, useSwitchSource, useVisit } from "./acts";

export function SourcesScreen() {
  const [adding, setAdding] = useState<Kind | null>(null);
  const uploads = useUploads();
  const sources = api.useInfiniteQuery(
    "get",
    "/api/knowledge",
    { params: { query: { limit: 50 } } },
    PAGED,
  );
  const items = sources.data?.pages.flatMap((page) => page.items) ?? [];
  const add = <AddMenu add={setAdding} upload={uploads.add} />;
  return (
    <Frame actions={add}>
      <div {...uploads.dropHere}>
        {uploads.over && <div className={classes.drop}>Drop files to add them</div>}
        <Uploads list={uploads.list} dismiss={uploads.dismiss} />
        {sources.isPending && <Lines />}
        {sources.error && <Failed error={sources.error} retry={() => void sources.refetch()} />}
        {sources.data && !items.length && (
          <Empty icon={<BookOpen size={28} />} title="Nothing is known yet" action={add}>
            Drop price lists, rules or brochures here, name your web site, or write answers to what people ask. Agents quote them at once.
          </Empty>
        )}
        {items.length > 0 && (
          <ul className={classes.list}>
            {items.map((source) => (
              <SourceRow key={source.id} source={source} />
            ))}
          </ul>
        )}
        {sources.hasNextPage && (
          <Button variant="default" mt="md" loading={sources.isFetchingNextPage} onClick={() => void sources.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
      <AddSource kind={adding} close={() => setAdding(null)} />
    </Frame>
  );
}

function AddMenu({ add, upload }: { add: (kind: Kind) => void; upload: (files: File[]) => void }) {
  return (
    <Group gap="xs">
      <FileButton multiple accept={ACCEPTED} onChange={upload}>
        {(props) => (
          <Button {...props} variant="default" leftSection={<Upload size={14} />}>
            Upload files
          </Button>
        )}
      </FileButton>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button leftSection={<Plus size={14} />}>Add</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<HelpCircle size={15} />} onClick={() => add("faq")}>
            Question and answer
          </Menu.Item>
          <Menu.Item leftSection={<Type size={15} />} onClick={() => add("text")}>
            Text
          </Menu.Item>
          <Menu.Item leftSection={<Globe size={15} />} onClick={() => add("web")}>
            Web page or site
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function SourceRow({ source }: { source: Source }) {
  const { icon: Icon, name } = KINDS[source.kind];
  const state = stateOf(source);
  return (
    <li className={classes.row}>
      <span className={classes.icon} title={name}>
        <Icon size={17} role="img" aria-label={name} />
      </span>
      <div className={classes.name}>
        <Link to="/knowledge/sources/$sourceId" params={{ sourceId: source.id }} className={classes.title}>
          {source.title}
        </Link>
        <Text size="xs" c="dimmed">
          {source.documents > 1 && `${count(source.documents, "page")} · `}
          {count(source.passages, "passage")}
          {" · "}
          {isWeb(source) && source.visit_ended_at ? <>visited <Ago at={source.visit_ended_at} /></> : <>changed <Ago at={source.updated_at} /></>}
        </Text>
        {state.problem && (
          <Text size="xs" className={classes.problem}>
            {state.problem}
          </Text>
        )}
      </div>
      <span className={classes.state}>
        {state.busy ? (
          <Group gap={6} wrap="nowrap">
            <Loader size={12} />
            <Text size="xs">{state.text}</Text>
          </Group>
        ) : (
          <Badge color={state.color}>{state.text}</Badge>
        )}
      </span>
      <SourceMenu source={source} />
    </li>
  );
}

function SourceMenu({ source }: { source: Source }) {
  const [removing, setRemoving] = useState(false);
  const toggle = useSwitchSource();
  const visit = useVisit();
  const remove = useRemoveSource(() => setRemoving(false));
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${source.title}`}>
            <MoreHorizontal size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isWeb(source) && (
            <Menu.Item disabled={!source.enabled} onClick={() => visit.mutate(source.id)}>
              Visit now
            </Menu.Item>
          )}
          <Menu.Item onClick={() => toggle.mutate({ id: source.id, enabled: !source.enabled })}>{source.enabled ? "Switch off" : "Switch on"}</Menu.Item>
          <Menu.Item color="red" onClick={() => setRemoving(true)}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm opened={removing} close={() => setRemoving(false)} title={`Remove “${source.title}”?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(source.id)}>
        Agents will not answer from it any more. This cannot be undone; switching it off can.
      </Confirm>
    </>
  );
}
