/** Why it gets in touch by itself, and what it has to be told each time. */
import { ActionIcon, Button, Checkbox, Group, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import type { Variable } from "../words";
import type { PartProps } from "./Editor";

const TYPES = [
  { value: "text", label: "Text" },
  { value: "number", label: "Number" },
  { value: "date", label: "Date" },
  { value: "boolean", label: "Yes or no" },
];
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

export function Outbound({ draft, readOnly }: PartProps) {
  const { settings, set } = draft;
  const variables = settings.outbound?.variables ?? [];
  const isOutbound = settings.agent_type === "outbound";
  const write = (next: Variable[]) => set({ outbound: { ...settings.outbound, variables: next.length ? next : null } });
  const change = (index: number, changes: Partial<Variable>) => write(variables.map((one, at) => (at === index ? { ...one, ...changes } : one)));
  return (
    <>
      <Switch
        label="Gets in touch by itself"
        description="It is then chosen for nobody who writes or calls, unless an account names it."
        checked={isOutbound}
        disabled={readOnly}
        onChange={(event) => set({ agent_type: event.currentTarget.checked ? "outbound" : null })}
      />
      {(isOutbound || settings.outbound?.purpose) && (
        <Textarea
          label="What for"
          autosize
          minRows={2}
          maxLength={2000}
          value={settings.outbound?.purpose ?? ""}
          readOnly={readOnly}
          onChange={(event) => set({ outbound: { ...settings.outbound, purpose: event.currentTarget.value || null } })}
        />
      )}
      {variables.map((variable, index) => (
        <Group key={index} gap="xs" wrap="nowrap" align="center">
          <TextInput
            flex={1}
            aria-label={`Name of variable ${index + 1}`}
            placeholder="first_name"
            value={variable.name}
            error={!NAME.test(variable.name) || variables.some((one, at) => at < index && one.name === variable.name)}
            maxLength={40}
            readOnly={readOnly}
            onChange={(event) => change(index, { name: event.currentTarget.value.toLowerCase().replaceAll(" ", "_") })}
          />
          <Select
            w={120}
            aria-label={`Type of ${variable.name || "the variable"}`}
            data={TYPES}
            value={variable.type ?? "text"}
            allowDeselect={false}
            readOnly={readOnly}
            onChange={(value) => change(index, { type: (value ?? "text") as Variable["type"] })}
          />
          <Checkbox label="Required" checked={variable.required ?? true} disabled={readOnly} onChange={(event) => change(index, { required: event.currentTarget.checked })} />
          {!readOnly && (
            <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${variable.name || "the variable"}`} onClick={() => write(variables.filter((_, at) => at !== index))}>
              <Trash2 size={15} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!readOnly && (isOutbound || variables.length > 0) && variables.length < 50 && (
        <Button variant="default" w="fit-content" leftSection={<Plus size={14} />} onClick={() => write([...variables, { name: "", type: "text", required: true, description: "" }])}>
          Add a variable
        </Button>
      )}
    </>
  );
}
