import { Alert, Anchor, Badge, Button, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import { Empty, Failed, Lines } from "~/ui/states";
import { Frame } from "./Frame";
import { Highlighted } from "./Highlighted";
import classes from "./knowledge.module.css";
import { tryRoute } from "./routes";
import { safeLink } from "./sources";

/** What an agent would find for a question. */
export function TryScreen() {
  const { q } = tryRoute.useSearch();
  const navigate = useNavigate();
  const [text, setText] = useState(q ?? "");
  const found = api.useQuery("get", "/api/knowledge/search", { params: { query: { q: q ?? "", limit: 5 } } }, { enabled: Boolean(q), placeholderData: keepPreviousData });
  const ask = () => void navigate({ to: "/knowledge/search", search: { q: text.trim() || undefined }, replace: true });
  return (
    <Frame>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            label="A question, as a customer would write it"
            placeholder="Do you have parking?"
            value={text}
            autoFocus
            maxLength={2_000}
            leftSection={<Search size={15} />}
            rightSection={found.isFetching ? <Loader size={14} /> : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" size="sm">
            Find
          </Button>
        </Group>
      </form>
      <div style={{ marginTop: 16 }} aria-live="polite">
        {!q && (
          <Empty icon={<Search size={26} />} title="See what an agent would find">
            Type a question: you see the passages that an agent would be given, how much of the question each covers, and whether that is enough to answer.
          </Empty>
        )}
        {q && found.isPending && <Lines count={3} height={90} />}
        {found.error && <Failed error={found.error} retry={() => void found.refetch()} />}
        {q && found.data && <Results found={found.data} />}
      </div>
    </Frame>
  );
}

function Results({ found }: { found: Schemas["FoundPassages"] }) {
  const enough = found.items.filter((passage) => passage.enough);
  const missing = found.words.filter((word) => !found.items.some((passage) => passage.covers.includes(word)));
  return (
    <Stack gap="sm">
      <Text size="sm">
        {enough.length ? `An agent would answer from ${enough.length === 1 ? "the first passage" : `${enough.length} passages`}.` : "An agent would not find an answer, say so, and hand the conversation to a person."}
        {missing.length > 0 && (
          <Text span size="sm" c="dimmed">
            {" "}
            Nothing says anything about: {missing.join(", ")}.
          </Text>
        )}
      </Text>
      {found.without_vectors && (
        <Alert color="yellow" variant="light">
          Found by words alone: {found.without_vectors}
        </Alert>
      )}
      {found.items.map((passage) => (
        <Passage key={passage.id} passage={passage} words={found.words} />
      ))}
    </Stack>
  );
}

function Passage({ passage, words }: { passage: Schemas["FoundPassage"]; words: string[] }) {
  const link = safeLink(passage.link);
  return (
    <article className={`${classes.card} ${passage.enough ? "" : classes.weak}`}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
          <Highlighted text={passage.heading} words={passage.covers} />
        </Text>
        <Badge color={passage.enough ? "teal" : "gray"} style={{ flex: "none" }}>
          {Math.round(passage.score * 100)} %
        </Badge>
      </Group>
      <p className={classes.passage}>
        <Highlighted text={passage.text} words={passage.covers} />
      </p>
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="xs" c="dimmed">
          {passage.enough ? "Covers " : "Covers only "}
          {words.map((word, place) => (
            <span key={word}>
              {place > 0 && ", "}
              <span className={passage.covers.includes(word) ? undefined : classes.missing}>{word}</span>
            </span>
          ))}
        </Text>
        <Group gap="sm">
          {link && (
            <Anchor href={link} target="_blank" rel="noreferrer noopener" size="xs">
              Where it stands{passage.page ? ` (${/^\d+$/.test(passage.page) ? `page ${passage.page}` : passage.page})` : ""}
            </Anchor>
          )}
          <Anchor component={Link} to={`/knowledge/sources/${passage.source_id}`} size="xs">
            {passage.title}
          </Anchor>
        </Group>
      </Group>
    </article>
  );
}
