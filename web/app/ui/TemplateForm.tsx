/** An approved template chosen and filled: what may leave where a channel's reply window is closed. */
import { Alert, Anchor, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, type Schemas } from "~/api";
import { Failed, Lines } from "~/ui/states";
import { TemplatePreview } from "~/ui/TemplatePreview";

type Template = Schemas["TemplateToSend"];
export type Chosen = Schemas["TemplateChoice"];

type Props = { contactId: string; accountId: string; sending: boolean; send: (chosen: Chosen) => void };

export function TemplateForm({ contactId, accountId, sending, send }: Props) {
  const { data, isPending, error, refetch } = api.useQuery("get", "/api/contacts/{contact_id}/templates/{account_id}", { params: { path: { contact_id: contactId, account_id: accountId } } });
  if (isPending) return <Lines count={2} />;
  if (!data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data.items.length) {
    return (
      <Text size="sm">
        No template is approved. They are made at Meta, and fetched under{" "}
        <Anchor renderRoot={(props) => <Link to="/settings/$section" params={{ section: "templates" }} {...props} />} size="sm">Templates</Anchor>.
      </Text>
    );
  }
  return <Filling templates={data.items} sending={sending} send={send} />;
}

function Filling({ templates, sending, send }: { templates: Template[]; sending: boolean; send: (chosen: Chosen) => void }) {
  const [id, setId] = useState(templates[0]!.id);
  const [filled, setFilled] = useState<Record<string, Record<string, string>>>({});
  const template = templates.find((one) => one.id === id) ?? templates[0]!;
  const values = { ...template.values, ...filled[template.id] };
  const shown = Object.fromEntries(Object.entries(values).filter(([name, value]) => value.trim() && name !== "header"));
  const missing = template.variables.filter(({ name }) => !values[name]?.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!missing.length && !sending) send({ id: template.id, values });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Select label="Template" size="sm" allowDeselect={false} searchable value={template.id} onChange={(value) => value && setId(value)} data={templates.map((one) => ({ value: one.id, label: `${one.name.replaceAll("_", " ")} (${one.language})` }))} />
        {template.variables.map(({ name, kind, example }, index) => (
          <TextInput
            key={`${template.id} ${name}`}
            size="sm"
            label={gapName(name, index)}
            placeholder={example ? `e.g. ${example}` : kind === "text" ? undefined : "https://…"}
            value={values[name] ?? ""}
            onChange={(event) => {
              const value = event.currentTarget.value;
              setFilled((all) => ({ ...all, [template.id]: { ...all[template.id], [name]: value } }));
            }}
          />
        ))}
        <TemplatePreview template={template} filled={shown} />
        {template.category === "marketing" && <Alert color="gray" variant="light" p="xs"><Text size="xs">Charged as marketing; Meta may not deliver it to everybody.</Text></Alert>}
        <Group justify="flex-end">
          <Button type="submit" size="compact-sm" disabled={missing.length > 0} loading={sending}>Send the template</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** "body.first_name" is "first name". */
export function gapName(name: string, index: number): string {
  const own = name.split(".").slice(1).join(" ");
  if (name.startsWith("button")) return "End of the button's link";
  if (name === "header") return "File at the top";
  return /^\d*$/.test(own) ? `Gap ${index + 1}` : own.replaceAll("_", " ");
}
