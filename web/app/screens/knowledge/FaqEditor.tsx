/** Questions and answers, changed where they stand. Each save is the whole list, refused if somebody was faster. */
import { ActionIcon, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { Pencil, Plus, Search, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import type { Schemas } from "~/api";
import { Confirm } from "~/ui/confirm";
import { useChangeSource } from "./acts";
import classes from "./knowledge.module.css";

type Pair = Schemas["PairOut"];

const SHOWN = 50;

export function FaqEditor({ source }: { source: Schemas["SourceWithContent"] }) {
  const pairs = useMemo(() => source.pairs ?? [], [source.pairs]);
  const [editing, setEditing] = useState<number | null>(null); // pairs.length: a new one
  const [removing, setRemoving] = useState<number | null>(null);
  const [filter, setFilter] = useState("");
  const [most, setMost] = useState(SHOWN);
  const change = useChangeSource(source.id, {
    onDone: () => {
      setEditing(null);
      setRemoving(null);
    },
  });
  const save = (changed: Pair[]) => change.mutate({ content: JSON.stringify(changed), seen_at: source.updated_at });
  const wanted = filter.trim().toLowerCase();
  const shown = pairs.map((pair, place) => ({ pair, place })).filter(({ pair }) => !wanted || `${pair.question} ${pair.answer}`.toLowerCase().includes(wanted));

  return (
    <Stack gap="sm">
      <Group justify="space-between">
        {pairs.length > 8 ? (
          <TextInput aria-label="Filter questions" placeholder="Filter" leftSection={<Search size={14} />} value={filter} onChange={(event) => setFilter(event.currentTarget.value)} />
        ) : (
          <span />
        )}
        <Button variant="default" leftSection={<Plus size={14} />} onClick={() => setEditing(pairs.length)}>
          Add a question
        </Button>
      </Group>
      <ul className={classes.list} aria-label="Questions and answers">
        {editing === pairs.length && (
          <li className={classes.pair}>
            <PairForm pair={{ question: "", answer: "" }} busy={change.isPending} cancel={() => setEditing(null)} save={(pair) => save([pair, ...pairs])} />
          </li>
        )}
        {shown.slice(0, most).map(({ pair, place }) => (
          <li key={`${place} ${pair.question}`} className={classes.pair}>
            {editing === place ? (
              <PairForm pair={pair} busy={change.isPending} cancel={() => setEditing(null)} save={(next) => save(pairs.with(place, next))} />
            ) : (
              <>
                <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
                  {pair.question}
                </Text>
                <Group gap={2} wrap="nowrap">
                  <ActionIcon variant="subtle" color="gray" aria-label={`Edit “${pair.question}”`} onClick={() => setEditing(place)}>
                    <Pencil size={14} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="gray" disabled={pairs.length === 1} aria-label={`Remove “${pair.question}”`} onClick={() => setRemoving(place)}>
                    <Trash2 size={14} />
                  </ActionIcon>
                </Group>
                <div className={classes.answer}>{pair.answer}</div>
              </>
            )}
          </li>
        ))}
      </ul>
      {shown.length > most && (
        <Button variant="default" onClick={() => setMost(most + SHOWN)}>
          Show more
        </Button>
      )}
      <Confirm
        opened={removing !== null}
        close={() => setRemoving(null)}
        title="Remove this question?"
        action="Remove"
        danger
        busy={change.isPending}
        onConfirm={() => save(pairs.filter((_, place) => place !== removing))}
      >
        {removing !== null && pairs[removing]?.question}
      </Confirm>
    </Stack>
  );
}

function PairForm({ pair, busy, cancel, save }: { pair: Pair; busy: boolean; cancel: () => void; save: (pair: Pair) => void }) {
  const [question, setQuestion] = useState(pair.question);
  const [answer, setAnswer] = useState(pair.answer);
  const complete = question.trim() && answer.trim();
  return (
    <form
      style={{ gridColumn: "1 / -1" }}
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) save({ question: question.trim(), answer: answer.trim() });
      }}
      onKeyDown={(event) => event.key === "Escape" && cancel()}
    >
      <Stack gap="xs">
        <TextInput label="Question" value={question} maxLength={500} autoFocus onChange={(event) => setQuestion(event.currentTarget.value)} />
        <Textarea label="Answer" value={answer} maxLength={10_000} autosize minRows={3} maxRows={16} onChange={(event) => setAnswer(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={!complete}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
