/** The parts of the prompt: written, switched off, and put in order by mouse or keys. */
import { ActionIcon, Button, Collapse, Group, Switch, Text, Textarea, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronRight, GripVertical, Plus, Trash2 } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import type { Component } from "../words";
import classes from "./editor.module.css";
import type { PartProps } from "./Editor";

const MOST = 30;
const keys = new WeakMap<Component, string>();
let made = 0;

/** Stays with a component while it is edited and moved. */
function keyOf(component: Component): string {
  const key = keys.get(component) ?? `c${++made}`;
  keys.set(component, key);
  return key;
}

function changed(component: Component, changes: Partial<Component>): Component {
  const next = { ...component, ...changes };
  keys.set(next, keyOf(component));
  return next;
}

export function Components({ agent, draft, readOnly }: PartProps) {
  const list = [...(draft.settings.components ?? [])].sort((one, other) => (one.priority ?? 50) - (other.priority ?? 50));
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [said, say] = useState("");
  const root = useRef<HTMLOListElement>(null);

  const write = (next: Component[]) =>
    draft.set({ components: next.length ? next.map((one, index) => (one.priority === (index + 1) * 10 ? one : changed(one, { priority: (index + 1) * 10 }))) : null });
  const edit = (index: number, changes: Partial<Component>) => write(list.map((one, at) => (at === index ? changed(one, changes) : one)));
  const move = (from: number, to: number) => {
    if (to < 0 || to >= list.length || from === to) return;
    const next = [...list];
    const [one] = next.splice(from, 1);
    next.splice(to, 0, one!);
    write(next);
    say(`${one!.title || "Part"} is number ${to + 1} of ${list.length}`);
    requestAnimationFrame(() => root.current?.querySelectorAll<HTMLElement>("[data-handle]")[to]?.focus());
  };
  const onHandleKey = (event: KeyboardEvent, index: number) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!by) return;
    event.preventDefault();
    move(index, index + by);
  };

  return (
    <>
      <HouseWords words={agent.house_words} />
      <ol className={classes.list} ref={root}>
        {list.map((component, index) => (
          <li
            key={keyOf(component)}
            className={classes.component}
            data-over={over === index && dragged !== null ? (dragged < index ? "after" : "before") : undefined}
            data-off={component.enabled === false || undefined}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(index);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== null) move(dragged, index);
            }}
          >
            <Group gap="xs" wrap="nowrap">
              <UnstyledButton
                data-handle
                className={classes.handle}
                draggable={!readOnly}
                disabled={readOnly}
                aria-label={`Move ${component.title || "this part"}: arrow up, arrow down`}
                onKeyDown={(event) => onHandleKey(event, index)}
                onDragStart={(event) => {
                  event.dataTransfer.effectAllowed = "move";
                  event.dataTransfer.setData("text/plain", "");
                  setDragged(index);
                }}
                onDragEnd={() => {
                  setDragged(null);
                  setOver(null);
                }}
              >
                <GripVertical size={15} aria-hidden />
              </UnstyledButton>
              <TextInput
                className={classes.grows}
                aria-label={`Title of part ${index + 1}`}
                placeholder="Title"
                value={component.title}
                error={!component.title.trim()}
                maxLength={80}
                readOnly={readOnly}
                onChange={(event) => edit(index, { title: event.currentTarget.value })}
              />
              <Switch
                aria-label={`${component.title || "This part"} is used`}
                checked={component.enabled !== false}
                disabled={readOnly}
                onChange={(event) => edit(index, { enabled: event.currentTarget.checked })}
              />
              {!readOnly && (
                <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${component.title || "this part"}`} onClick={() => write(list.filter((_, at) => at !== index))}>
                  <Trash2 size={15} />
                </ActionIcon>
              )}
            </Group>
            <Textarea
              mt={6}
              aria-label={`Text of ${component.title || `part ${index + 1}`}`}
              placeholder="What the agent should know or do"
              autosize
              minRows={2}
              maxRows={16}
              maxLength={8000}
              value={component.text}
              error={!component.text.trim()}
              readOnly={readOnly}
              onChange={(event) => edit(index, { text: event.currentTarget.value })}
            />
          </li>
        ))}
      </ol>
      {!readOnly && list.length < MOST && (
        <Button variant="default" leftSection={<Plus size={14} />} w="fit-content" onClick={() => write([...list, { title: `Part ${list.length + 1}`, text: "", priority: 990, enabled: true }])}>
          Add a part
        </Button>
      )}
      <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>
    </>
  );
}

/** What it is told in any case. */
function HouseWords({ words }: { words: string[] }) {
  const [opened, shown] = useDisclosure(false);
  if (!words.length) return null;
  return (
    <div>
      <UnstyledButton onClick={shown.toggle} aria-expanded={opened} className={classes.disclose}>
        <ChevronRight size={14} data-open={opened || undefined} aria-hidden />
        <Text size="sm" span>What it is told anyway</Text>
      </UnstyledButton>
      <Collapse expanded={opened}>
        <div className={classes.house}>
          {words.map((text) => <Text key={text} size="sm" mb={6}>{text}</Text>)}
        </div>
      </Collapse>
    </div>
  );
}
