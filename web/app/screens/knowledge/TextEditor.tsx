import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "~/api";
import { useChangeSource } from "./acts";

export function TextEditor({ source }: { source: Schemas["SourceWithContent"] }) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeSource(source.id, { done: "Saved: agents know it now", onDone: () => setDraft(null) });
  const changed = draft !== null && draft !== source.content;
  return (
    <Stack gap="xs">
      <Textarea label="Text" autosize minRows={8} maxRows={26} value={draft ?? source.content} onChange={(event) => setDraft(event.currentTarget.value)} />
      {changed && (
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setDraft(null)}>
            Discard changes
          </Button>
          <Button loading={change.isPending} disabled={!draft.trim()} onClick={() => change.mutate({ content: draft, seen_at: source.updated_at })}>
            Save
          </Button>
        </Group>
      )}
    </Stack>
  );
}
