import { Group, Switch, Textarea, TextInput } from "@mantine/core";
import { capital, titleOf } from "../words";
import type { PartProps } from "./Editor";

export function WhoItIs({ agent, draft, readOnly }: PartProps) {
  const { settings, set } = draft;
  return (
    <>
      <Group grow align="flex-start">
        <TextInput
          label="Title"
          placeholder={titleOf({ name: agent.name })}
          value={settings.title ?? ""}
          maxLength={80}
          readOnly={readOnly}
          onChange={(event) => set({ title: event.currentTarget.value || null })}
        />
        <TextInput
          label="Category"
          placeholder="None"
          value={settings.category ?? ""}
          maxLength={80}
          readOnly={readOnly}
          onChange={(event) => set({ category: event.currentTarget.value || null })}
        />
      </Group>
      <Textarea
        label="Role"
        description={agent.kind === "supervisor" ? undefined : "Told to the agent, and to the supervisor's model when it chooses."}
        placeholder={capital(agent.purpose)}
        autosize
        minRows={2}
        maxLength={2000}
        value={settings.role ?? ""}
        readOnly={readOnly}
        onChange={(event) => set({ role: event.currentTarget.value || null })}
      />
      {agent.kind !== "supervisor" && (
        <Switch
          label="Active"
          description="Switched off it is never chosen, also not where an account names it."
          checked={settings.status !== "inactive"}
          disabled={readOnly}
          onChange={(event) => set({ status: event.currentTarget.checked ? null : "inactive" })}
        />
      )}
    </>
  );
}
