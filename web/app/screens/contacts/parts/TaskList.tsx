/** What people are to do about a contact or a conversation, and what the agent comes back to by itself. */
import { ActionIcon, Button, Checkbox, Group, Menu, Text, TextInput } from "@mantine/core";
import { CalendarClock, Clock, EllipsisVertical, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { exactly, fromNow } from "~/ui/time";
import { DueMenu } from "./Due";
import classes from "./parts.module.css";
import { type FollowUp, type Task, useAddTask, useChangeTask } from "./tasks";

type About = { contactId: string; conversationId?: string };

export function TaskList({ contactId, conversationId }: About) {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/tasks", { params: { query: { contact_id: contactId, sort: "due", limit: 100 } } });
  const followUps = api.useQuery("get", "/api/follow-ups", { params: { query: { contact_id: contactId, status: "waiting", limit: 50 } } });
  const [showDone, setShowDone] = useState(false);
  if (isPending) return <Lines count={2} height={24} />;
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  const open = data.items.filter(({ status }) => status === "open");
  const over = data.items.filter(({ status }) => status !== "open");
  const shown = showDone ? [...open, ...over] : open;
  return (
    <>
      {shown.length > 0 && (
        <ul className={classes.lines} aria-label="Tasks">
          {shown.map((task) => (
            <TaskLine key={task.id} task={task} />
          ))}
        </ul>
      )}
      {(followUps.data?.items.length ?? 0) > 0 && (
        <ul className={classes.lines} aria-label="Follow-ups">
          {followUps.data?.items.map((one) => (
            <FollowUpLine key={one.id} followUp={one} />
          ))}
        </ul>
      )}
      <AddTask contactId={contactId} conversationId={conversationId} />
      <PlanFollowUp contactId={contactId} conversationId={conversationId} />
      {over.length > 0 && (
        <Button variant="subtle" color="gray" size="compact-xs" mt={4} onClick={() => setShowDone((shown) => !shown)}>
          {showDone ? "Hide what is done" : `${over.length} done`}
        </Button>
      )}
    </>
  );
}

export function TaskLine({ task }: { task: Task }) {
  const change = useChangeTask();
  const set = (changes: Parameters<typeof change.mutate>[0]["changes"]) => change.mutate({ id: task.id, changes });
  const open = task.status === "open";
  const late = open && task.due_at !== null && new Date(task.due_at) < new Date();
  return (
    <li className={classes.line}>
      <Checkbox size="xs" mt={3} checked={!open} aria-label={`Done: ${task.title}`} onChange={() => set({ status: open ? "done" : "open" })} />
      <span className={classes.text} data-done={!open || undefined}>
        {task.title}
        <span className={classes.small} data-late={late || undefined}>
          {[task.status === "cancelled" ? "cancelled" : undefined, task.due_at && open ? `due ${fromNow(task.due_at)}` : undefined, task.owner_name].filter(Boolean).join(" · ")}
        </span>
        {task.detail && <span className={classes.small}>{task.detail}</span>}
      </span>
      {open && (
        <>
          <DueMenu
            label="Another date"
            value={task.due_at}
            clearable
            onChange={(due_at) => set({ due_at })}
            target={
              <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`Another date for ${task.title}`} title={task.due_at ? exactly(task.due_at) : "No date"}>
                <CalendarClock size={14} />
              </ActionIcon>
            }
          />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`More about ${task.title}`}>
                <EllipsisVertical size={14} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => set({ status: "cancelled" })}>Cancel the task</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
    </li>
  );
}

function FollowUpLine({ followUp }: { followUp: FollowUp }) {
  const path = { follow_up_id: followUp.id };
  const renew = [{ key: ["get", "/api/follow-ups"], change: (kept: unknown) => kept }];
  const move = useAct((due_at: string) => client.PATCH("/api/follow-ups/{follow_up_id}", { params: { path }, body: { due_at } }), { guess: () => renew, failed: "It was not moved" });
  const end = useAct(() => client.DELETE("/api/follow-ups/{follow_up_id}", { params: { path } }), {
    guess: () => [
      { key: ["get", "/api/follow-ups"], change: (kept: { items: FollowUp[] } | undefined) => kept && { ...kept, items: kept.items.filter(({ id }) => id !== followUp.id) } },
    ],
    failed: "It was not ended",
  });
  return (
    <li className={classes.line}>
      <Clock size={15} aria-hidden style={{ marginTop: 4, flex: "none" }} />
      <span className={classes.text}>
        {followUp.reason}
        <span className={classes.small} title={exactly(followUp.due_at)}>
          The AI comes back to this {fromNow(followUp.due_at)}, unless they write first
        </span>
      </span>
      <DueMenu
        label="Another time"
        value={followUp.due_at}
        onChange={(at) => at && move.mutate(at)}
        target={
          <ActionIcon className={classes.quiet} variant="subtle" color="gray" size="sm" aria-label={`Another time for ${followUp.reason}`}>
            <CalendarClock size={14} />
          </ActionIcon>
        }
      />
      <Button className={classes.quiet} variant="subtle" color="gray" size="compact-xs" onClick={() => end.mutate(undefined)} aria-label={`End ${followUp.reason}`}>
        End
      </Button>
    </li>
  );
}

/** The agent is to come back to the latest conversation that is not closed. */
function PlanFollowUp({ contactId, conversationId }: About) {
  const { data } = api.useQuery("get", "/api/conversations", { params: { query: { contact_id: contactId, limit: 50 } } });
  const [reason, setReason] = useState<string>();
  const talk = conversationId ?? data?.items.find(({ status }) => status !== "closed")?.id;
  const plan = useAct((due_at: string) => client.POST("/api/follow-ups", { body: { conversation_id: talk!, reason: reason!.trim(), due_at } }), {
    guess: () => [{ key: ["get", "/api/follow-ups"], change: (kept: unknown) => kept }],
    failed: "It was not planned",
    onDone: () => setReason(undefined),
  });
  if (!talk) return null;
  if (reason === undefined) {
    return (
      <Button variant="subtle" color="gray" size="compact-xs" mt={4} leftSection={<Clock size={13} aria-hidden />} onClick={() => setReason("")}>
        Have the AI come back to it
      </Button>
    );
  }
  return (
    <Group gap={6} mt={6} wrap="nowrap" onKeyDown={(event) => event.key === "Escape" && setReason(undefined)}>
      <TextInput size="xs" flex={1} autoFocus placeholder="What it should ask or say" aria-label="What the AI comes back to" maxLength={300} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      {reason.trim() && <DueMenu label="When" onChange={(at) => at && plan.mutate(at)} />}
    </Group>
  );
}

/** One line, Enter adds it. */
export function AddTask({ contactId, conversationId, autoFocus }: Partial<About> & { autoFocus?: boolean }) {
  const [title, setTitle] = useState("");
  const [due, setDue] = useState<string | null>(null);
  const add = useAddTask();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!title.trim()) return;
    add.mutate({ title: title.trim(), due_at: due, contact_id: contactId, conversation_id: conversationId }, { onError: () => setTitle(title) });
    setTitle("");
    setDue(null);
  };
  return (
    <form onSubmit={submit}>
      <Group gap={6} mt={6} wrap="nowrap">
        <TextInput
          size="xs"
          flex={1}
          placeholder="Add a task"
          aria-label="New task"
          leftSection={<Plus size={14} aria-hidden />}
          value={title}
          autoFocus={autoFocus}
          maxLength={300}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        {title && (
          <>
            <DueMenu label="Due" value={due} onChange={setDue} clearable />
            <Button type="submit">Add</Button>
          </>
        )}
      </Group>
      {add.isPending && <Text span size="xs" c="dimmed" role="status">Adding…</Text>}
    </form>
  );
}
