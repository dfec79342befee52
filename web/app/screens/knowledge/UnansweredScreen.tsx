import { Badge, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CheckCircle2 } from "lucide-react";
import { useState } from "react";
import { client } from "~/api";
import { type Guess, useAct } from "~/ui/act";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Frame, useOpenSuggestions } from "./Frame";
import classes from "./knowledge.module.css";

type Suggestion = NonNullable<ReturnType<typeof useOpenSuggestions>["data"]>["items"][number];

/** The question leaves the list at once. */
const gone = (id: string): Guess[] => [
  {
    key: ["get", "/api/knowledge/suggestions"],
    change: ((page?: { items: Suggestion[] }) => page && { ...page, items: page.items.filter((one) => one.id !== id) }) as Guess["change"],
  },
];

export function UnansweredScreen() {
  const open = useOpenSuggestions();
  return (
    <Frame>
      {open.isPending && <Lines count={4} height={70} />}
      {open.error && <Failed error={open.error} retry={() => void open.refetch()} />}
      {open.data?.items.length === 0 && (
        <Empty icon={<CheckCircle2 size={28} />} title="Every question had an answer">
          What agents could not answer from what you wrote down comes here, the most asked first, with what a teammate answered.
        </Empty>
      )}
      <Stack gap="sm">
        {open.data?.items.map((suggestion) => (
          <Card key={suggestion.id} suggestion={suggestion} />
        ))}
      </Stack>
    </Frame>
  );
}

function Card({ suggestion }: { suggestion: Suggestion }) {
  const [editing, setEditing] = useState(false);
  const [question, setQuestion] = useState(suggestion.question.slice(0, 200));
  const [answer, setAnswer] = useState(suggestion.answer ?? "");
  const path = { path: { suggestion_id: suggestion.id } };
  const approve = useAct((body: { question: string; answer: string }) => client.POST("/api/knowledge/suggestions/{suggestion_id}/approve", { params: path, body }), {
    failed: "The answer was not kept",
    guess: () => gone(suggestion.id),
    done: "Agents answer it from now on",
  });
  const dismiss = useAct(() => client.POST("/api/knowledge/suggestions/{suggestion_id}/dismiss", { params: path }), { failed: "The question stays", guess: () => gone(suggestion.id), done: "It will not be proposed again" });
  const complete = question.trim() && answer.trim();
  return (
    <article className={classes.card}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text fw={500} style={{ overflowWrap: "anywhere" }}>
          {suggestion.question}
        </Text>
        <Badge color="gray" style={{ flex: "none" }}>
          asked {suggestion.asked === 1 ? "once" : `${suggestion.asked} times`}
        </Badge>
      </Group>
      <Group gap="xs" mt={2}>
        <Text size="xs" c="dimmed">
          last <Ago at={suggestion.asked_at} />
        </Text>
        {suggestion.asks.slice(0, 3).map((ask, place) => (
          <Text key={ask.event_id} size="xs" component={Link} to={`/inbox/${ask.conversation_id}`} c="var(--mantine-color-anchor)">
            conversation {place + 1}
          </Text>
        ))}
      </Group>
      {!editing && suggestion.answer && (
        <div className={classes.answer} style={{ marginTop: 8 }}>
          A teammate answered: {suggestion.answer}
        </div>
      )}
      {editing ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (complete) approve.mutate({ question: question.trim(), answer: answer.trim() });
          }}
        >
          <Stack gap="xs" mt="sm">
            <TextInput label="Question" value={question} maxLength={200} onChange={(event) => setQuestion(event.currentTarget.value)} />
            <Textarea label="Answer" description="Exactly this stands in the answers; names and numbers are masked where a person wrote them" autosize minRows={3} maxRows={14} maxLength={10_000} value={answer} autoFocus onChange={(event) => setAnswer(event.currentTarget.value)} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setEditing(false)}>
                Cancel
              </Button>
              <Button type="submit" loading={approve.isPending} disabled={!complete}>
                Add to the answers
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Group mt="sm" gap="xs">
          <Button onClick={() => setEditing(true)}>{suggestion.answer ? "Check and add" : "Answer it"}</Button>
          <Button variant="default" onClick={() => dismiss.mutate(undefined)}>
            Dismiss
          </Button>
        </Group>
      )}
    </article>
  );
}
