/** One agent: its editor with the test chat beside it, its versions, runs and evals. */
import { Alert, Badge, Button, Group, Menu, Tabs, ActionIcon } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useBlocker, useNavigate } from "@tanstack/react-router";
import { EllipsisVertical, Trash2 } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { api, client } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Page } from "~/ui/page";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import classes from "./agents.module.css";
import { TestChat } from "./chat/TestChat";
import { useDraft, type Draft } from "./draft";
import { Editor } from "./editor/Editor";
import { agentRoute, type Tab } from "./routes";
import { specialistName, titleOf, who, type AgentDetail } from "./words";

const Versions = lazy(() => import("./versions/Versions"));
const Runs = lazy(() => import("./runs/Runs"));
const Evals = lazy(() => import("./evals/Evals"));

export function AgentScreen() {
  const { agent: name } = agentRoute.useParams();
  const agent = api.useQuery("get", "/api/agents/{agent}", { params: { path: { agent: name } } });
  if (agent.data) return <OneAgent key={name} agent={agent.data} />;
  return (
    <Page title="Agent">
      {!agent.error && <Lines />}
      {agent.error && (isGone(agent.error) ? <Empty title="There is no such agent" action={<Link to="/agents" className={classes.link}>All agents</Link>} /> : <Failed error={agent.error} retry={() => void agent.refetch()} />)}
    </Page>
  );
}

function OneAgent({ agent }: { agent: AgentDetail }) {
  const search = agentRoute.useSearch();
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const draft = useDraft(agent);
  const isWide = useMediaQuery("(min-width: 75em)", true, { getInitialValueInEffect: false });
  const tab: Tab = search.tab === "try" && isWide ? "edit" : (search.tab ?? "edit");
  const open = (next: string | null) =>
    void navigate({ to: "/agents/$agent", params: { agent: agent.name }, search: { tab: next as Tab }, replace: true });
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => draft.isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => draft.isDirty,
    withResolver: true,
  });
  useSaveKey(draft, isAdmin);
  const about = agent.kind === "own" ? `Like ${specialistName(agent.specialist ?? "")}` : agent.kind === "supervisor" ? "Chooses who answers" : "Built in";
  const chat = <TestChat agent={agent} draft={draft} />;
  return (
    <Page
      wide
      title={titleOf({ name: agent.name, settings: draft.settings })}
      about={
        <>
          <Link className={classes.link} to="/agents">Agents</Link> · {about} · {agent.version === 0 ? "as it comes" : `version ${agent.version}`}
        </>
      }
      actions={
        <>
          {agent.kind !== "supervisor" && <Badge color={agent.active ? "teal" : "gray"}>{agent.active ? "Active" : "Inactive"}</Badge>}
          {isAdmin && (
            <>
              {draft.isDirty && <Button variant="default" onClick={draft.discard}>Discard</Button>}
              <Button disabled={!draft.isDirty} loading={draft.isSaving} onClick={() => void draft.save()}>
                {draft.isDirty || draft.isSaving ? "Save" : "Saved"}
              </Button>
              {agent.kind === "own" && <More agent={agent} />}
            </>
          )}
        </>
      }
    >
      <Tabs value={tab} onChange={open} className={classes.screen} keepMounted={false}>
        <Tabs.List className={classes.tabs}>
          <Tabs.Tab value="edit">Set up</Tabs.Tab>
          {isAdmin && !isWide && <Tabs.Tab value="try">Try</Tabs.Tab>}
          <Tabs.Tab value="versions">Versions</Tabs.Tab>
          {agent.kind !== "supervisor" && <Tabs.Tab value="runs">Runs</Tabs.Tab>}
          {agent.kind !== "supervisor" && <Tabs.Tab value="evals">Evals</Tabs.Tab>}
        </Tabs.List>
        {draft.conflict && <Conflict draft={draft} />}
        <div className={classes.layout}>
          <Suspense fallback={<Lines />}>
            <Tabs.Panel value="edit" className={classes.main}>
              <Editor agent={agent} draft={draft} readOnly={!isAdmin} />
            </Tabs.Panel>
            {isAdmin && !isWide && <Tabs.Panel value="try" className={classes.whole}>{chat}</Tabs.Panel>}
            <Tabs.Panel value="versions" className={classes.main}><Versions agent={agent} canRestore={isAdmin && !draft.isDirty} /></Tabs.Panel>
            <Tabs.Panel value="runs" className={classes.main}><Runs agent={agent.name} /></Tabs.Panel>
            <Tabs.Panel value="evals" className={classes.main}><Evals agent={agent} canStart={isAdmin} /></Tabs.Panel>
          </Suspense>
          {isAdmin && isWide && tab === "edit" && <aside className={classes.dock} aria-label="Test chat">{chat}</aside>}
        </div>
      </Tabs>
      <Confirm
        opened={blocker.status === "blocked"}
        close={() => blocker.reset?.()}
        title="Leave without saving?"
        action="Leave"
        danger
        onConfirm={() => blocker.proceed?.()}
      >
        What you changed in {titleOf(agent)} is not saved.
      </Confirm>
    </Page>
  );
}

/** Ctrl or Command with S. */
function useSaveKey(draft: Draft, isAdmin: boolean) {
  useEffect(() => {
    const save = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        if (isAdmin && draft.isDirty && !draft.isSaving) void draft.save();
      }
    };
    window.addEventListener("keydown", save);
    return () => window.removeEventListener("keydown", save);
  });
}

function Conflict({ draft }: { draft: Draft }) {
  const by = String(draft.conflict?.more.changed_by ?? "");
  return (
    <Alert m="md" color="orange" title={`${who(by)} changed this agent meanwhile`.replace(/^./, (first) => first.toUpperCase())}>
      Yours is not saved. Save it over version {String(draft.conflict?.more.version)} (your fields alone are changed), or take what is there now.
      <Group mt="sm">
        <Button onClick={() => void draft.save(true)} loading={draft.isSaving}>Save mine over it</Button>
        <Button variant="default" onClick={draft.discard}>Take theirs</Button>
      </Group>
    </Alert>
  );
}

function More({ agent }: { agent: AgentDetail }) {
  const [asking, dialog] = useDisclosure(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useAct(() => client.DELETE("/api/agents/{agent}", { params: { path: { agent: agent.name } } }), {
    failed: "The agent was not removed",
    done: "Removed",
    onDone: () => {
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents"] });
      void navigate({ to: "/agents", ignoreBlocker: true });
    },
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label="More"><EllipsisVertical size={16} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item color="red" leftSection={<Trash2 size={14} />} onClick={dialog.open}>Remove this agent</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm opened={asking} close={dialog.close} title={`Remove ${titleOf(agent)}?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined, { onSettled: dialog.close })}>
        Its versions go with it; its runs stay. What it answered is answered by others from now on.
      </Confirm>
    </>
  );
}
