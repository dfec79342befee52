/** A draft by an agent. On request it stands in the composer, and can be taken back; to who took over what the agents handed on it is offered. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { Sparkles, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { client, type Schemas } from "~/api";
import { complain } from "~/ui/act";
import { Why } from "../Why";
import classes from "./composer.module.css";

type Draft = Schemas["AgentDraft"];
/** Whom a draft was offered already: once for each time that people were asked. */
const offered = new Set<string>();

type Options = { write: (change: { text: string }) => void; text: string; focus: () => void };

export function useSuggestion(conversationId: string, { write, text, focus }: Options) {
  const [made, setMade] = useState<{ draft: Draft; before: string | null } | null>(null);
  const now = useRef(text);
  useEffect(() => {
    now.current = text;
  });
  const use = (draft: Draft) => {
    setMade({ draft, before: now.current });
    write({ text: draft.text });
    focus();
  };
  const draftOf = async () => (await client.POST("/api/conversations/{conversation_id}/suggest", { params: { path: { conversation_id: conversationId } } })).data!;
  const offer = useMutation({
    mutationFn: draftOf,
    onSuccess: (draft) => draft.text && draft.decision !== "escalate" && setMade((made) => made ?? { draft, before: null }),
  });
  const { mutate, isPending } = useMutation({
    mutationFn: (_before: string) => draftOf(),
    // What was typed while the agent thought is not written over: the draft waits beside it.
    onSuccess: (draft, before) => {
      if (draft.text && now.current === before) use(draft);
      else if (draft.text || draft.reason) setMade({ draft, before: null });
      else notifications.show({ message: "The AI has nothing to say here." });
    },
    onError: (error) => complain(error, "No draft was made"),
  });
  const undo = () => {
    if (made?.before !== null && made) write({ text: made.before });
    setMade(null);
    focus();
  };
  const offerOnce = (occasion: string) => {
    if (offered.has(occasion)) return;
    offered.add(occasion);
    offer.mutate();
  };
  return { ask: () => mutate(text), offerOnce, isPending, made, use, undo, clear: () => setMade(null) };
}

export function SuggestionBar({ suggestion }: { suggestion: ReturnType<typeof useSuggestion> }) {
  if (!suggestion.made) return null;
  const { draft, before } = suggestion.made;
  const used = before !== null;
  return (
    <div className={classes.suggestion} role="status">
      <Sparkles size={14} aria-hidden />
      <Text size="xs" span>
        {draft.text ? (used ? `Drafted by ${draft.agent}` : `${draft.agent}: “${draft.text}”`) : `${draft.agent} would not just answer`}
        {insteadOf(draft)}
        {draft.caution && <Text span c="orange"> · Look twice: {draft.caution}</Text>}
      </Text>
      <Group gap={4} ml="auto" wrap="nowrap">
        <Why runId={draft.run_id} reason={draft.reason} />
        {draft.text && !used && <Button variant="subtle" size="compact-xs" onClick={() => suggestion.use(draft)}>Use it</Button>}
        <Button variant="subtle" size="compact-xs" color="gray" onClick={suggestion.undo} leftSection={!used && <X size={12} aria-hidden />}>
          {used ? "Undo" : "Dismiss"}
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
