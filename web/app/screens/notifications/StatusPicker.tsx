/** Whether the signed-in member is there for conversations, as their teammates see it. */
import { Button, Menu, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import { client, type Schemas } from "~/api";
import { useMe } from "~/session";
import { useAct } from "~/ui/act";
import { STATUSES, StatusDot, statusName } from "./status";
import classes from "./Notifications.module.css";

type Status = Schemas["MemberView"]["status"];
type Chosen = { status: Status; note: string };

export function StatusPicker() {
  const { data: me } = useMe();
  const set = useAct((body: Chosen) => client.PUT("/api/me/status", { body }), {
    guess: (body) => [{ key: ["get", "/api/me"], change: ((answer: Schemas["Me"] | undefined) => answer && "member" in answer && answer.member ? { ...answer, member: { ...answer.member, status: body.status, status_note: body.note } } : answer) as never }],
    failed: "Your status was not changed",
  });
  if (!me?.member) return null;
  const { status, status_note: note } = me.member;
  return (
    <Menu width={220} position="bottom-start" closeOnItemClick>
      <Menu.Target>
        <UnstyledButton className={classes.status} aria-label={`Your status: ${statusName(status)}`} title={note || undefined}>
          <StatusDot status={status} />
          <span>{statusName(status)}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Shown to your teammates</Menu.Label>
        {STATUSES.map((each) => (
          <Menu.Item key={each} leftSection={<StatusDot status={each} />} rightSection={each === status && <Check size={14} aria-label="Now" />} onClick={() => set.mutate({ status: each, note: each === status ? note : "" })}>
            {statusName(each)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Note key={note} now={note} save={(next) => set.mutate({ status, note: next })} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Note({ now, save }: { now: string; save: (note: string) => void }) {
  const [note, write] = useState(now);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(note.trim());
  };
  // Keys typed here are words, not moves in the menu.
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key !== "Escape" && event.key !== "Tab" && event.stopPropagation()} style={{ padding: "4px 8px" }}>
      <Text size="xs" c="dimmed" component="label" htmlFor="status-note">Note</Text>
      <TextInput id="status-note" size="xs" placeholder="Back at two" maxLength={100} value={note} onChange={(event) => write(event.currentTarget.value)} />
      <Button type="submit" mt={6} size="compact-xs" variant="default" disabled={note.trim() === now}>Save note</Button>
    </form>
  );
}
