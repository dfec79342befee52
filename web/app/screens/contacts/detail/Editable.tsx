/** A text that becomes a field when it is pressed: Enter or leaving keeps it, Escape does not. */
import { TextInput, UnstyledButton } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";
import classes from "./detail.module.css";

type Props = { value: string; label: string; onSave: (value: string) => void; children?: ReactNode; size?: "xs" | "md"; maxLength?: number };

export function Editable({ value, label, onSave, children, size = "xs", maxLength = 2_000 }: Props) {
  const [typed, setTyped] = useState<string>();
  const button = useRef<HTMLButtonElement>(null);
  const end = (keep: boolean) => {
    if (keep && typed !== undefined && typed.trim() !== value) onSave(typed.trim());
    setTyped(undefined);
    setTimeout(() => button.current?.focus());
  };
  if (typed === undefined) {
    return (
      <UnstyledButton ref={button} className={classes.editable} aria-label={`${label}: ${value || "empty"}. Change`} onClick={() => setTyped(value)}>
        {children ?? (value || "—")}
      </UnstyledButton>
    );
  }
  return (
    <TextInput
      size={size}
      aria-label={label}
      autoFocus
      value={typed}
      maxLength={maxLength}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => typed !== undefined && end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter") end(true);
        if (event.key === "Escape") {
          event.stopPropagation();
          end(false);
        }
      }}
    />
  );
}
