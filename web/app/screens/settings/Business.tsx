/** What the business says of itself: name, how it is reached, languages, signature, tone. */
import { SimpleGrid, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { Failed, Lines } from "~/ui/states";
import { faultsIn } from "~/screens/connectors/faults";
import { Form, Part } from "./Part";
import { useChangeSettings, useWorkspaceSettings } from "./useWorkspaceSettings";

type Settings = Schemas["WorkspaceSettings"];
const TEXTS = ["legal_name", "description", "phone", "email", "website", "postal_address", "agent_name", "signature", "tone"] as const;
type Draft = { name: string; timezone: string; languages: string[]; profile: Record<(typeof TEXTS)[number], string> };

function draftOf(settings: Settings): Draft {
  const profile = Object.fromEntries(TEXTS.map((key) => [key, typeof settings.profile[key] === "string" ? settings.profile[key] : ""])) as Draft["profile"];
  return { name: settings.name, timezone: settings.timezone, languages: settings.languages, profile };
}

function changesOf(before: Draft, after: Draft): Schemas["WorkspaceChanges"] {
  const changes: Schemas["WorkspaceChanges"] = {};
  if (after.name !== before.name) changes.name = after.name;
  if (after.timezone !== before.timezone) changes.timezone = after.timezone;
  if (after.languages.join() !== before.languages.join()) changes.languages = after.languages;
  const profile = Object.fromEntries(TEXTS.filter((key) => after.profile[key] !== before.profile[key]).map((key) => [key, after.profile[key] || null]));
  if (Object.keys(profile).length) changes.profile = profile;
  return changes;
}

export default function Business() {
  const { data, error, refetch } = useWorkspaceSettings();
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  return <Editor settings={data} />;
}

function Editor({ settings }: { settings: Settings }) {
  const isAdmin = useIsAdmin();
  const before = useMemo(() => draftOf(settings), [settings]);
  const [draft, change] = useState(before);
  const save = useChangeSettings();
  const changes = changesOf(before, draft);
  const faults = faultsIn(save.error);
  const text = (key: (typeof TEXTS)[number], label: string, description?: string) => ({
    label,
    description,
    error: faults[`profile.${key}`],
    value: draft.profile[key],
    onChange: (event: { currentTarget: { value: string } }) => change({ ...draft, profile: { ...draft.profile, [key]: event.currentTarget.value } }),
  });
  return (
    <Form onSubmit={() => save.mutate(changes)} error={save.error} busy={save.isPending} isChanged={Object.keys(changes).length > 0} discard={() => change(before)} readOnly={!isAdmin}>
      <Part title="Who you are" about="Agents and mails say it as it stands here.">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Name" required maxLength={100} error={faults.name} value={draft.name} onChange={(event) => change({ ...draft, name: event.currentTarget.value })} />
          <TextInput {...text("legal_name", "Legal name")} maxLength={200} />
          <TextInput {...text("phone", "Telephone")} type="tel" />
          <TextInput {...text("email", "E-mail")} type="email" />
          <TextInput {...text("website", "Web site")} placeholder="https://…" />
          <TextInput {...text("agent_name", "Name that agents write under")} />
        </SimpleGrid>
        <Textarea mt="md" {...text("description", "What the business does", "Told to agents.")} autosize minRows={2} maxLength={2000} />
        <Textarea mt="md" {...text("postal_address", "Postal address")} autosize minRows={2} maxLength={500} />
      </Part>
      <Part title="Language and time">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TagsInput label="Languages" description="The first is the default: de, en, fr-CH." error={faults.languages} value={draft.languages} onChange={(languages) => change({ ...draft, languages })} acceptValueOnBlur />
          <TextInput label="Time zone" description="Like Europe/Berlin." error={faults.timezone} value={draft.timezone} onChange={(event) => change({ ...draft, timezone: event.currentTarget.value })} />
        </SimpleGrid>
      </Part>
      <Part title="How agents write">
        <Textarea {...text("tone", "Tone", "In words: short and friendly, no exclamation marks.")} autosize minRows={2} maxLength={500} />
        <Textarea mt="md" {...text("signature", "Signature under letters", "Made from what stands above if empty. {business}, {agent}, {phone}, {email}, {website}, {address} are put in.")} autosize minRows={3} maxLength={2000} />
        {settings.signature && (
          <>
            <Text size="xs" c="dimmed" mt="sm">As it stands under letters now</Text>
            <Text size="sm" style={{ whiteSpace: "pre-line" }}>{settings.signature}</Text>
          </>
        )}
      </Part>
    </Form>
  );
}
