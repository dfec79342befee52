/** One template: how it reads, what Meta says of it, and how the workspace uses it. */
import { Alert, Badge, Button, Group, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { client, Problem, said, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { gapName } from "~/ui/TemplateForm";
import { TemplatePreview } from "~/ui/TemplatePreview";
import { CATEGORIES, FACTS, fillInWords, type Gap, languageName, OWN_TEXT, reasonOf, STATES, type Template } from "./words";
import own from "./templates.module.css";

const KEY = ["get", "/api/templates"];
type Changes = Schemas["TemplateChanges"];
type Fills = Record<string, string>;

export function TemplateEditor({ template, close }: { template: Template; close: () => void }) {
  const isAdmin = useIsAdmin();
  const [purpose, write] = useState(template.purpose);
  const [fills, fill] = useState<Fills>(template.fills);
  const [forAgents, allow] = useState(template.for_agents);
  const save = useAct((body: Changes) => client.PATCH("/api/templates/{template_id}", { params: { path: { template_id: template.id } }, body }), {
    guess: () => [{ key: KEY, change: ((answer: unknown) => answer) as never }],
    done: "Saved",
    failed: false,
    onDone: close,
  });
  const changes = changesOf(template, { purpose: purpose.trim(), fills, for_agents: forAgents });
  const faults = faultsIn(save.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.keys(changes).length) save.mutate(changes);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <AtMeta template={template} />
        <TemplatePreview template={template} filled={Object.fromEntries(template.variables.map(({ name }, index) => [name, <mark key={name} className={own.gap}>{fillInWords(fills[name]) ?? gapName(name, index)}</mark>]))} />
        {save.error && <Alert color="red" title="Nothing was changed">{said(save.error)}</Alert>}
        <fieldset disabled={!isAdmin} className={own.plain}>
          <Stack gap="sm">
            <Textarea label="What it is for" description="Agents choose by it, where the reply window is closed: “reminds of an appointment, or moves one”." autosize minRows={2} maxLength={500} error={faults.purpose} value={purpose} onChange={(event) => write(event.currentTarget.value)} />
            {template.variables.map((gap, index) => (
              <Filler key={gap.name} gap={gap} label={gapName(gap.name, index)} source={fills[gap.name]} fault={faults[`fills.${gap.name}`]} fill={(source) => fill(filledWith(fills, gap.name, source))} />
            ))}
            <Switch label="Agents may send it" description="By themselves, when nothing else may leave. Your people may always." checked={forAgents} onChange={(event) => allow(event.currentTarget.checked)} />
          </Stack>
        </fieldset>
        {isAdmin ? (
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={save.isPending} disabled={!Object.keys(changes).length}>Save</Button>
          </Group>
        ) : (
          <Text size="sm" c="dimmed">An admin of the workspace changes this.</Text>
        )}
      </Stack>
    </form>
  );
}

function AtMeta({ template }: { template: Template }) {
  const state = STATES[template.status];
  return (
    <div>
      <Group gap="xs">
        <Badge color={state.color}>{state.name}</Badge>
        <Text size="sm" c="dimmed">{languageName(template.language)} · {CATEGORIES[template.category] ?? template.category}{template.quality && template.quality.toLowerCase() !== "unknown" ? ` · quality ${template.quality.toLowerCase()}` : ""}</Text>
      </Group>
      {reasonOf(template) && <Text size="sm" mt={4} c="var(--mantine-color-error)">Meta says: {reasonOf(template)}</Text>}
      {state.about && <Text size="sm" mt={4} c="dimmed">{state.about}</Text>}
    </div>
  );
}

type FillerProps = { gap: Gap; label: string; source: string | undefined; fault?: string; fill: (source: string | null) => void };

function Filler({ gap, label, source, fault, fill }: FillerProps) {
  const isText = source?.startsWith(OWN_TEXT);
  const example = gap.example ? `Meta was told, for example: ${gap.example}` : undefined;
  const text = (
    <TextInput aria-label={`Text of ${label}`} placeholder={gap.kind === "text" ? "The text" : "https://…"} flex={1} miw={200} maxLength={900} error={fault} value={isText ? source!.slice(OWN_TEXT.length) : ""} onChange={(event) => fill(OWN_TEXT + event.currentTarget.value)} />
  );
  if (gap.kind === "code") return <Text size="sm" c="dimmed">{label}: a code, which is given when it is sent.</Text>;
  if (gap.kind !== "text") return <div><Text size="sm" fw={500}>{label}: address of the file</Text>{text}</div>;
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={`${label} is filled with`}
        description={example}
        placeholder="Filled by hand"
        clearable
        w={320}
        data={[...Object.entries(FACTS).map(([value, name]) => ({ value, label: name })), { value: OWN_TEXT, label: "A text of your own" }]}
        error={isText ? undefined : fault}
        value={isText ? OWN_TEXT : (source ?? null)}
        onChange={fill}
      />
      {isText && text}
    </Group>
  );
}

function filledWith(fills: Fills, name: string, source: string | null): Fills {
  const { [name]: _, ...others } = fills;
  return source === null ? others : { ...others, [name]: source };
}

/** Only what differs; a text that nobody wrote fills nothing. */
function changesOf(template: Template, after: Required<Changes>): Changes {
  const fills = Object.fromEntries(Object.entries(after.fills).filter(([, source]) => source.replace(OWN_TEXT, "").trim()));
  return {
    ...(after.purpose === template.purpose ? {} : { purpose: after.purpose }),
    ...(isSame(fills, template.fills) ? {} : { fills }),
    ...(after.for_agents === template.for_agents ? {} : { for_agents: after.for_agents }),
  } as Changes;
}

function isSame(one: Fills, other: Fills): boolean {
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([name, source]) => other[name] === source);
}

function faultsIn(error: unknown): Record<string, string> {
  const listed = error instanceof Problem && Array.isArray(error.more.errors) ? (error.more.errors as { field?: string; message?: string }[]) : [];
  return Object.fromEntries(listed.map(({ field, message }) => [field ?? "", message ?? "is wrong"]));
}
