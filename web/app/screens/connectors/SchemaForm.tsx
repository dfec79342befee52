/** A form made from a channel's JSON Schema: the first settings at once, the others behind a button. */
import { Button, Collapse, ColorInput, Fieldset, NumberInput, PasswordInput, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { Field, Values } from "./schema";

const AT_ONCE = 6;

type Props = { fields: Field[]; values: Values; faults: Record<string, string>; change: (values: Values) => void; keepsSecrets?: boolean };

export function SchemaForm({ fields, values, faults, change, keepsSecrets }: Props) {
  const [opened, more] = useDisclosure(false);
  const first = fields.length > AT_ONCE + 1 ? fields.slice(0, AT_ONCE) : fields;
  const rest = fields.slice(first.length);
  const faulty = rest.some((one) => one.name in faults);
  const input = (one: Field) => (
    <Input key={one.name} field={one} value={values[one.name]} fault={faults[one.name]} keepsSecrets={keepsSecrets} change={(value) => change({ ...values, [one.name]: value })} />
  );
  return (
    <Stack gap="md">
      {first.map(input)}
      {rest.length > 0 && (
        <>
          <div>
            <Button variant="subtle" px={4} onClick={more.toggle} aria-expanded={opened || faulty} leftSection={opened ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}>
              {rest.length} more settings
            </Button>
          </div>
          <Collapse expanded={opened || faulty}>
            <Stack gap="md">{rest.map(input)}</Stack>
          </Collapse>
        </>
      )}
    </Stack>
  );
}

type InputProps = { field: Field; value: unknown; fault?: string; keepsSecrets?: boolean; change: (value: unknown) => void };

function Input({ field, value, fault, keepsSecrets, change }: InputProps) {
  const common = { label: field.label, description: field.about || undefined, error: fault, required: field.required && !(field.kind === "secret" && keepsSecrets) };
  switch (field.kind) {
    case "group":
      return <Group field={field} value={(value ?? {}) as Values} change={change} />;
    case "yes-no":
      return <Switch {...common} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />;
    case "number":
      return <NumberInput {...common} min={field.least} max={field.most} value={typeof value === "number" ? value : ""} onChange={(next) => change(next === "" ? null : Number(next))} maw={240} />;
    case "choice":
      return <Select {...common} data={field.choices} clearable={field.optional} allowDeselect={field.optional} value={typeof value === "string" ? value : null} onChange={change} maw={320} />;
    case "list":
      return <TagsInput {...common} value={Array.isArray(value) ? value.map(String) : []} onChange={change} placeholder="Type one, then Enter" acceptValueOnBlur />;
    case "colour":
      return <ColorInput {...common} format="hex" value={String(value ?? "")} onChange={change} maw={240} />;
    case "secret":
      return <PasswordInput {...common} autoComplete="off" placeholder={keepsSecrets ? "Stored; type a new one to replace it" : field.issued ? "Made for you if left empty" : ""} value={String(value ?? "")} onChange={(event) => change(event.currentTarget.value)} />;
    case "pairs":
      return <Json {...common} value={value} change={change} />;
    default:
      return (field.longest ?? 0) > 200 ? (
        <Textarea {...common} autosize minRows={2} maxLength={field.longest} value={String(value ?? "")} onChange={(event) => change(event.currentTarget.value)} />
      ) : (
        <TextInput {...common} maxLength={field.longest} value={String(value ?? "")} onChange={(event) => change(event.currentTarget.value)} />
      );
  }
}

function Group({ field, value, change }: { field: Field; value: Values; change: (value: Values) => void }) {
  return (
    <Fieldset legend={field.label}>
      <Stack gap="sm">
        {field.fields.map((one) => (
          <Input key={one.name} field={one} value={value[one.name]} change={(next) => change({ ...value, [one.name]: one.optional && next === "" ? null : next })} />
        ))}
      </Stack>
    </Fieldset>
  );
}

/** Names with values of any shape: as JSON, taken over while it can be read. */
function Json({ value, change, ...common }: { value: unknown; change: (value: unknown) => void; label: string; description?: string; error?: string; required: boolean }) {
  const [text, write] = useState(() => (Object.keys((value ?? {}) as object).length ? JSON.stringify(value, null, 2) : ""));
  const [fault, setFault] = useState<string>();
  const typed = (next: string) => {
    write(next);
    try {
      change(next.trim() ? JSON.parse(next) : {});
      setFault(undefined);
    } catch {
      setFault("This is no JSON yet, so it is not saved");
    }
  };
  return <Textarea {...common} error={fault ?? common.error} autosize minRows={2} maxRows={12} ff="monospace" placeholder="{}" value={text} onChange={(event) => typed(event.currentTarget.value)} />;
}
