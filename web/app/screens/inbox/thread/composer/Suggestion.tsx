/** A draft by an agent, on request: it stands in the composer, and can be taken back. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { Sparkles, X } from "lucide-react";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { complain } from "~/ui/act";
import { Why } from "../Why";
import classes from "./composer.module.css";

type Draft = Schemas["AgentDraft"];
type Options = { write: (change: { text: string }) => void; text: string; focus: () => void };

export function useSuggestion(conversationId: string, { write, text, focus }: Options) {
  const [made, setMade] = useState<{ draft: Draft; before: string } | null>(null);
  const { mutate, isPending } = useMutation({
    mutationFn: async () => (await client.POST("/api/conversations/{conversation_id}/suggest", { params: { path: { conversation_id: conversationId } } })).data!,
    onSuccess: (draft) => {
      setMade({ draft, before: text });
      if (draft.text) write({ text: draft.text });
      if (!draft.text && !draft.reason) notifications.show({ message: "The AI has nothing to say here." });
      focus();
    },
    onError: (error) => complain(error, "No draft was made"),
  });
  const undo = () => {
    if (made?.draft.text) write({ text: made.before });
    setMade(null);
    focus();
  };
  return { ask: () => mutate(), isPending, made, undo, clear: () => setMade(null) };
}

export function SuggestionBar({ suggestion }: { suggestion: ReturnType<typeof useSuggestion> }) {
  if (!suggestion.made) return null;
  const { draft } = suggestion.made;
  return (
    <div className={classes.suggestion} role="status">
      <Sparkles size={14} aria-hidden />
      <Text size="xs" span>
        {draft.text ? `Drafted by ${draft.agent}` : `${draft.agent} would not just answer`}
        {insteadOf(draft)}
        {draft.caution && <Text span c="orange"> · Look twice: {draft.caution}</Text>}
      </Text>
      <Group gap={4} ml="auto" wrap="nowrap">
        <Why runId={draft.run_id} reason={draft.reason} />
        <Button variant="subtle" size="compact-xs" color="gray" onClick={suggestion.undo} leftSection={!draft.text && <X size={12} aria-hidden />}>
          {draft.text ? "Undo" : "Dismiss"}
        </Button>
      </Group>
    </div>
  );
}

/** What the agent would do beside or before answering. */
function insteadOf(draft: Draft): string {
  if (draft.proposals.length) return ` · first: ${draft.proposals.map(({ action }) => action.replaceAll("_", " ")).join(", ")}`;
  if (draft.decision === "escalate") return ` · would hand over${draft.reason && `: ${draft.reason}`}`;
  if (!draft.text && draft.reason) return `: ${draft.reason}`;
  return "";
}
