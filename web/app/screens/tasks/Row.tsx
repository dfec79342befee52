import { Checkbox, Text, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { ConversationLink } from "../contacts/parts/ConversationLink";
import { DueMenu } from "../contacts/parts/Due";
import { type Task, useChangeTask } from "../contacts/parts/tasks";
import { undoNotice } from "../contacts/merging/undoNotice";
import classes from "./tasks.module.css";

/** One task: done with a click, opened by its title. */
export function Row({ task, showOwner, open }: { task: Task; showOwner: boolean; open: () => void }) {
  const change = useChangeTask();
  const over = task.status !== "open";
  const toggle = () => {
    change.mutate({ id: task.id, changes: { status: over ? "open" : "done" } });
    if (!over) undoNotice("Done.", () => change.mutate({ id: task.id, changes: { status: "open" } }));
  };
  return (
    <li className={classes.row} data-task>
      <Checkbox size="xs" checked={over} onChange={toggle} aria-label={`Done: ${task.title}`} tabIndex={-1} />
      <UnstyledButton className={classes.title} data-over={over || undefined} onClick={open}>
        {task.title}
      </UnstyledButton>
      <span className={classes.about}>
        {task.contact_id && (
          <Link to="/contacts/$contactId" params={{ contactId: task.contact_id }}>
            {task.contact_name ?? "Contact"}
          </Link>
        )}
        {task.conversation_id && (
          <ConversationLink id={task.conversation_id} aria-label={`The conversation of ${task.title}`} title="The conversation">
            <MessageSquare size={14} />
          </ConversationLink>
        )}
      </span>
      {showOwner && (
        <Text span size="xs" c="dimmed" className={classes.owner}>
          {task.owner_name ?? "Nobody"}
        </Text>
      )}
      {!over && <DueMenu label="Due" value={task.due_at} clearable onChange={(due_at) => change.mutate({ id: task.id, changes: { due_at } })} />}
    </li>
  );
}
