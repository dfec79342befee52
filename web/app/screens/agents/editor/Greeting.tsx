import { ActionIcon, Button, Group, Select, TextInput } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import { languageName } from "./Reach";
import type { PartProps } from "./Editor";

const MORE = ["default", "en", "de", "es", "fr", "it", "nl", "pt"];

export function Greeting({ draft, readOnly }: PartProps) {
  const greeting = draft.settings.greeting ?? {};
  const languages = Object.keys(greeting);
  const write = (next: Record<string, string>) => draft.set({ greeting: Object.keys(next).length ? next : null });
  const free = MORE.filter((language) => !languages.includes(language));
  const label = (language: string) => (language === "default" ? "All others" : languageName(language));
  return (
    <>
      {languages.map((language) => (
        <Group key={language} gap="xs" wrap="nowrap" align="flex-start">
          <Select
            w={140}
            aria-label="Language of the greeting"
            data={[language, ...free].map((value) => ({ value, label: label(value) }))}
            value={language}
            allowDeselect={false}
            readOnly={readOnly}
            onChange={(value) => value && write(Object.fromEntries(Object.entries(greeting).map(([one, text]) => [one === language ? value : one, text])))}
          />
          <TextInput
            flex={1}
            aria-label={`Greeting: ${label(language)}`}
            placeholder="Welcome!"
            value={greeting[language]}
            error={!greeting[language]?.trim()}
            maxLength={500}
            readOnly={readOnly}
            onChange={(event) => write({ ...greeting, [language]: event.currentTarget.value })}
          />
          {!readOnly && (
            <ActionIcon mt={4} variant="subtle" color="gray" aria-label={`Remove the greeting: ${label(language)}`} onClick={() => write(Object.fromEntries(Object.entries(greeting).filter(([one]) => one !== language)))}>
              <Trash2 size={15} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!readOnly && free.length > 0 && (
        <Button variant="default" w="fit-content" leftSection={<Plus size={14} />} onClick={() => write({ ...greeting, [free[0]!]: "" })}>
          {languages.length ? "Another language" : "Add a greeting"}
        </Button>
      )}
    </>
  );
}
