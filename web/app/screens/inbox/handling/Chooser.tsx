/** A list to choose from by typing: whom to assign to, which tag, until when. */
import { Group, Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Check } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import classes from "./Chooser.module.css";

export type Option = { key: string; label: string; hint?: string; icon?: ReactNode; checked?: boolean };

type Props = {
  title: string;
  placeholder: string;
  options: readonly Option[];
  choose: (key: string) => void;
  close: () => void;
  /** Stays open after a choice, where several can be made. */
  several?: boolean;
  /** What is offered when nothing is called as was typed. */
  otherwise?: (typed: string) => Option | undefined;
  children?: ReactNode;
};

export function Chooser({ title, placeholder, options, choose, close, several, otherwise, children }: Props) {
  const [typed, type] = useState("");
  const [at, moveTo] = useState(0);
  const id = useId();
  const words = typed.trim().toLowerCase();
  const fitting = options.filter(({ label }) => label.toLowerCase().includes(words));
  const isNew = words && !options.some(({ label }) => label.toLowerCase() === words);
  const extra = isNew ? otherwise?.(typed.trim()) : undefined;
  const shown = extra ? [...fitting, extra] : fitting;
  const current = Math.min(at, shown.length - 1);

  const take = (option: Option | undefined) => {
    if (!option) return;
    choose(option.key);
    if (several) type("");
    else close();
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && shown.length) {
      event.preventDefault();
      const next = (current + step + shown.length) % shown.length;
      moveTo(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(shown[current]);
    }
  };
  return (
    <Modal opened onClose={close} title={title} size="sm" padding="md">
      <TextInput
        data-autofocus
        placeholder={placeholder}
        aria-label={placeholder}
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={shown[current] && `${id}-${current}`}
        value={typed}
        onChange={(event) => {
          type(event.currentTarget.value);
          moveTo(0);
        }}
        onKeyDown={pressed}
      />
      <ScrollArea.Autosize mah="45vh" mt="xs">
        <div id={id} role="listbox" aria-label={title} aria-multiselectable={several}>
          {shown.map((option, index) => (
            <UnstyledButton
              key={option.key}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option.checked ?? index === current}
              data-current={index === current || undefined}
              tabIndex={-1}
              className={classes.option}
              onClick={() => take(option)}
              onMouseMove={() => moveTo(index)}
            >
              <Group gap="sm" wrap="nowrap">
                {option.icon}
                <Text size="sm" truncate flex={1}>
                  {option.label}
                </Text>
                {option.hint && (
                  <Text size="xs" c="dimmed">
                    {option.hint}
                  </Text>
                )}
                {option.checked && <Check size={15} aria-hidden />}
              </Group>
            </UnstyledButton>
          ))}
        </div>
        {!shown.length && (
          <Text size="sm" c="dimmed" p="sm">
            Nothing is called that.
          </Text>
        )}
      </ScrollArea.Autosize>
      {children}
    </Modal>
  );
}
