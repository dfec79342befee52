/** When something is due: a few moments to choose from, or any other. */
import { Button, Menu, Popover, Stack, TextInput } from "@mantine/core";
import { CalendarClock } from "lucide-react";
import { type ReactNode, useState } from "react";
import { exactly, fromNow } from "~/ui/time";

const HOUR = 9;

/** Some days from now, at nine. */
export function inDays(days: number, now = new Date()): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, HOUR);
}

function choices(now = new Date()): { label: string; at: Date }[] {
  const evening = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 17);
  const toMonday = ((8 - now.getDay()) % 7) || 7;
  return [
    ...(evening > now ? [{ label: "Today at 17:00", at: evening }] : []),
    { label: "Tomorrow", at: inDays(1, now) },
    { label: "In three days", at: inDays(3, now) },
    { label: "Next Monday", at: inDays(toMonday, now) },
    { label: "In a month", at: inDays(30, now) },
  ];
}

type Props = {
  /** Of the button, and said of it. */
  label: string;
  value?: string | null;
  onChange: (at: string | null) => void;
  /** A button of one's own; else one with the date. */
  target?: ReactNode;
  clearable?: boolean;
};

export function DueMenu({ label, value, onChange, target, clearable }: Props) {
  const [typing, setTyping] = useState(false);
  const [typed, setTyped] = useState("");
  const button = target ?? (
    <Button variant="default" leftSection={<CalendarClock size={14} aria-hidden />} aria-label={value ? `${label} ${fromNow(value)}` : label} title={value ? exactly(value) : undefined}>
      {value ? fromNow(value) : label}
    </Button>
  );
  const take = (at: Date | null) => onChange(at ? at.toISOString() : null);
  return (
    <Popover opened={typing} onChange={setTyping} trapFocus withArrow withRoles={false}>
      <Popover.Target>
        <span>
          <Menu position="bottom-start" withinPortal>
            <Menu.Target>{button}</Menu.Target>
            <Menu.Dropdown>
              {choices().map(({ label: words, at }) => (
                <Menu.Item key={words} onClick={() => take(at)} rightSection={<small>{exactly(at).replace(/.*, /, "")}</small>}>
                  {words}
                </Menu.Item>
              ))}
              <Menu.Divider />
              <Menu.Item onClick={() => setTimeout(() => setTyping(true))}>Another time…</Menu.Item>
              {clearable && value && <Menu.Item onClick={() => take(null)}>No date</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!typed) return;
            setTyping(false);
            take(new Date(typed));
          }}
        >
          <Stack gap="xs">
            <TextInput type="datetime-local" size="xs" label={label} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
            <Button type="submit" disabled={!typed}>
              Set
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
