/** One item of the checklist: how it stands and why, what proves it, and what to do next. */
import { ActionIcon, Anchor, Button, Collapse, Group, Menu, Modal, Text, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, ChevronRight, Ellipsis, RefreshCw } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Ago } from "~/ui/time";
import { StateMark } from "./StateMark";
import classes from "./Onboarding.module.css";

type ItemView = Schemas["ItemView"];
type Answer = Schemas["Onboarding"];
const KEY = ["get", "/api/onboarding"];

/** The checklist with this item in its place. */
function withItem(answer: Answer | undefined, item: ItemView): Answer | undefined {
  if (!answer) return answer;
  const sections = answer.sections.map((section) => ({ ...section, items: section.items.map((one) => (one.key === item.key ? item : one)) }));
  return { ...answer, sections };
}

export function Item({ item }: { item: ItemView }) {
  const isAdmin = useIsAdmin();
  const [opened, details] = useDisclosure(item.state === "failed");
  const [refusing, refuse] = useDisclosure(false);
  const check = useAct((key: ItemView["key"]) => client.POST("/api/onboarding/check", { body: { item: key } }), {
    guess: () => [{ key: KEY, change: ((answer: Answer | undefined) => answer) as never }],
    failed: "It could not be checked",
    onDone: details.open,
  });
  const change = useAct((body: Schemas["ItemChange"]) => client.PATCH("/api/onboarding/items", { body }), {
    failed: "It was not noted",
    guess: (body) => [{ key: KEY, change: ((answer: Answer | undefined) => withItem(answer, guessed(item, body))) as never }],
  });
  const says = item.state === "not_needed" && item.changed_by_name ? `Not needed, says ${item.changed_by_name}: ${item.why}` : item.why;
  return (
    <div className={classes.item} data-item={item.key} data-state={item.state}>
      <StateMark state={item.state} />
      <div className={classes.words}>
        <Text size="sm" fw={600} title={item.guide || undefined}>{item.title}</Text>
        <Text size="sm" c={item.state === "failed" ? "var(--mantine-color-error)" : "dimmed"} className={classes.why}>{says}</Text>
        <Group gap="sm" mt={2}>
          {item.evidence.slice(0, 4).map((link) => <To key={link.path} link={link} />)}
          {item.next && item.state !== "done" && <To link={item.next} next />}
          {item.checked_at && <Text size="xs" c="dimmed">Checked <Ago at={item.checked_at} /></Text>}
          {item.details.length > 0 && (
            <UnstyledButton className={classes.more} onClick={details.toggle} aria-expanded={opened}>
              {opened ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
              {item.details.length} looked at
            </UnstyledButton>
          )}
        </Group>
        <Collapse expanded={opened && item.details.length > 0}>
          <ul className={classes.details}>
            {item.details.map((detail) => (
              <li key={detail.text}>
                <StateMark state={detail.ok ? "done" : "failed"} size={14} />
                <span>
                  {detail.text}
                  {detail.found ? <Text span size="xs" c="dimmed"> — {detail.found}</Text> : !detail.ok && <Text span size="xs" c="dimmed"> — nothing found</Text>}
                </span>
              </li>
            ))}
          </ul>
        </Collapse>
        {item.takes_note && <Note key={item.note ?? ""} item={item} save={(note) => change.mutate({ item: item.key, note })} />}
      </div>
      {isAdmin && (
        <Group gap={4} wrap="nowrap" className={classes.buttons}>
          {item.checks && (
            <Button variant="default" size="compact-xs" leftSection={<RefreshCw size={12} aria-hidden />} loading={check.isPending} onClick={() => check.mutate(item.key)} aria-label={`Check again: ${item.title}`}>
              {item.checked_at ? "Check again" : "Check"}
            </Button>
          )}
          {item.state !== "done" && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" aria-label={`More about ${item.title}`}><Ellipsis size={16} /></ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {item.not_needed ? (
                  <Menu.Item onClick={() => change.mutate({ item: item.key, not_needed: null })}>It is needed after all</Menu.Item>
                ) : (
                  <Menu.Item onClick={refuse.open}>Not needed here…</Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      )}
      <NotNeeded opened={refusing} close={refuse.close} title={item.title} save={(reason) => change.mutate({ item: item.key, not_needed: reason })} />
    </div>
  );
}

function guessed(item: ItemView, body: Schemas["ItemChange"]): ItemView {
  if (body.note !== undefined) return { ...item, note: body.note };
  return body.not_needed ? { ...item, state: "not_needed", why: body.not_needed, not_needed: body.not_needed } : { ...item, not_needed: null, state: "open" };
}

function To({ link, next }: { link: Schemas["Link"]; next?: boolean }) {
  return (
    <Anchor component={Link} to={link.path} size="sm" fw={next ? 600 : undefined}>
      {link.text}{next && " →"}
    </Anchor>
  );
}

function NotNeeded({ opened, close, title, save }: { opened: boolean; close: () => void; title: string; save: (reason: string) => void }) {
  const [reason, write] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save(reason.trim());
    close();
  };
  return (
    <Modal opened={opened} onClose={close} title={`Not needed: ${title}`}>
      <form onSubmit={submit}>
        <TextInput data-autofocus label="Why this business does not need it" placeholder="They write to their customers by mail alone" maxLength={300} value={reason} onChange={(event) => write(event.currentTarget.value)} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" disabled={reason.trim().length < 3}>Not needed</Button>
        </Group>
      </form>
    </Modal>
  );
}

function Note({ item, save }: { item: ItemView; save: (note: string) => void }) {
  const isAdmin = useIsAdmin();
  const [note, write] = useState(item.note ?? "");
  const isChanged = note.trim() !== (item.note ?? "");
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isChanged]);
  if (!isAdmin) return item.note ? <Text size="sm" mt={6} className={classes.why}>{item.note}</Text> : null;
  return (
    <div>
      <Textarea mt={6} autosize minRows={2} maxRows={10} aria-label={`Note: ${item.title}`} placeholder="Forwarding rules, special hours, what was promised …" maxLength={5000} value={note} onChange={(event) => write(event.currentTarget.value)} />
      {isChanged && (
        <Button mt={6} size="compact-xs" leftSection={<Check size={12} aria-hidden />} onClick={() => save(note.trim())}>Save note</Button>
      )}
      {item.note && item.changed_at && (
        <Text size="xs" c="dimmed" mt={4}>Noted{item.changed_by_name ? ` by ${item.changed_by_name}` : ""} <Ago at={item.changed_at} /></Text>
      )}
    </div>
  );
}
