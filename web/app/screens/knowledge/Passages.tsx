/** What was read, as search has it: the reader of a source or of one of its documents. */
import { Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { api, PAGED } from "~/api";
import { Failed, Lines } from "~/ui/states";
import classes from "./knowledge.module.css";
import { safeLink } from "./sources";

export function Passages({ sourceId, documentId, enabled }: { sourceId: string; documentId?: string; enabled: boolean }) {
  const passages = api.useInfiniteQuery(
    "get",
    "/api/knowledge/passages",
    { params: { query: { source_id: sourceId, document_id: documentId, limit: 20 } } },
    PAGED,
  );
  const items = passages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="passages">
      <Title order={2} size="h3" id="passages" mb="xs">
        What agents read
      </Title>
      {passages.isPending && <Lines count={3} height={80} />}
      {passages.error && <Failed error={passages.error} retry={() => void passages.refetch()} />}
      {passages.data && !items.length && (
        <Text size="sm" c="dimmed">
          {enabled ? "No passage is found in it yet." : "It is switched off: agents read nothing of it."}
        </Text>
      )}
      <Stack gap="xs">
        {items.map((passage) => {
          const link = safeLink(passage.link);
          return (
            <article key={passage.id} className={classes.card}>
              <Group justify="space-between" gap="xs">
                <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
                  {passage.heading}
                </Text>
                {passage.page && <Badge color="gray">{/^\d+$/.test(passage.page) ? `page ${passage.page}` : passage.page}</Badge>}
              </Group>
              <p className={classes.passage}>{passage.text}</p>
              {link && (
                <Anchor href={link} target="_blank" rel="noreferrer noopener" size="xs">
                  Where it stands
                </Anchor>
              )}
            </article>
          );
        })}
      </Stack>
      {passages.hasNextPage && (
        <Button variant="default" mt="sm" loading={passages.isFetchingNextPage} onClick={() => void passages.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}
