/** The file of a source, with its versions; or the pages of a site, with what became of each. */
import { Anchor, Badge, Button, FileButton, Group, Progress, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Download, RefreshCw, Upload } from "lucide-react";
import { useState } from "react";
import { api, client, PAGED } from "~/api";
import { complain, useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { Ago, exactly } from "~/ui/time";
import classes from "./knowledge.module.css";
import { count, type Document, DOCUMENT_STATES, isWeb, progressOf, safeLink, sizeOf, type Source } from "./sources";
import { ACCEPTED, send } from "./upload";

const FILTERS = [
  { value: "", label: "All" },
  { value: "failed", label: "Not read" },
  { value: "gone", label: "Gone" },
];

export function Documents({ source, status, opened }: { source: Source; status?: Document["status"]; opened?: string }) {
  const navigate = useNavigate();
  const documents = api.useInfiniteQuery(
    "get",
    "/api/knowledge/documents",
    { params: { query: { source_id: source.id, status, limit: 50 } } },
    PAGED,
  );
  const items = documents.data?.pages.flatMap((page) => page.items) ?? [];
  if (documents.isPending) return <Lines count={2} />;
  if (documents.error) return <Failed error={documents.error} retry={() => void documents.refetch()} />;
  if (!isWeb(source)) return <>{items.map((document) => <FileCard key={document.id} document={document} />)}</>;
  return (
    <section aria-labelledby="pages">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3" id="pages">
          Pages
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Which pages"
          data={FILTERS}
          value={status ?? ""}
          onChange={(value) => void navigate({ to: "/knowledge/sources/$sourceId", params: { sourceId: source.id }, search: { status: value || undefined, document: undefined }, replace: true })}
        />
      </Group>
      {!items.length && (
        <Text size="sm" c="dimmed">
          {status ? "None." : "Pages appear here while the site is visited."}
        </Text>
      )}
      {items.length > 0 && (
        <ul className={classes.list}>
          {items.map((document) => (
            <PageRow key={document.id} document={document} opened={document.id === opened} />
          ))}
        </ul>
      )}
      {documents.hasNextPage && (
        <Button variant="default" mt="sm" loading={documents.isFetchingNextPage} onClick={() => void documents.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function PageRow({ document, opened }: { document: Document; opened: boolean }) {
  const link = safeLink(document.url);
  return (
    <li className={classes.pair} data-opened={opened || undefined}>
      <div className={classes.name}>
        <Link to="/knowledge/sources/$sourceId" params={{ sourceId: document.source_id }} search={(now) => ({ ...now, document: opened ? undefined : document.id })} className={classes.title}>
          {document.name}
        </Link>
        {link && (
          <Text size="xs">
            <Anchor href={link} target="_blank" rel="noreferrer noopener" size="xs">
              {document.url}
            </Anchor>
          </Text>
        )}
        <Text size="xs" c="dimmed">
          {count(document.passages, "passage")}
          {document.checked_at && (
            <>
              {" · looked at "}
              <Ago at={document.checked_at} />
            </>
          )}
        </Text>
        {document.error && (
          <Text size="xs" className={classes.problem}>
            {document.error}
          </Text>
        )}
      </div>
      <Badge color={DOCUMENT_STATES[document.status].color}>{DOCUMENT_STATES[document.status].text}</Badge>
    </li>
  );
}

function FileCard({ document }: { document: Document }) {
  const path = { params: { path: { document_id: document.id } } };
  const whole = api.useQuery("get", "/api/knowledge/documents/{document_id}", path);
  const renewed = { key: ["get", "/api/knowledge/documents"], change: (stored: unknown) => stored as never };
  const again = useAct(() => client.POST("/api/knowledge/documents/{document_id}/read", path), { failed: "It is not read again", guess: () => [renewed] });
  const restore = useAct((version: number) => client.POST("/api/knowledge/documents/{document_id}/versions/{version}/restore", { params: { path: { document_id: document.id, version } } }), {
    failed: "That version was not brought back",
    guess: () => [renewed],
    done: "That version is being read",
  });
  const replacing = useReplace(document.id);
  const reading = document.status === "reading" || document.status === "queued";
  const versions = whole.data?.versions ?? [];
  return (
    <div className={classes.card}>
      <Group justify="space-between" align="flex-start">
        <div className={classes.name}>
          <Text fw={500} style={{ overflowWrap: "anywhere" }}>
            {document.name}
          </Text>
          <Text size="xs" c="dimmed">
            {sizeOf(document.size)}
            {document.language && ` · language ${document.language}${document.language_given ? "" : " (detected)"}`}
            {document.pages_total ? ` · ${count(document.pages_total, "page")}` : ""}
          </Text>
        </div>
        <Badge color={DOCUMENT_STATES[document.status].color}>{progressOf(document)}</Badge>
      </Group>
      {reading && <Progress mt="sm" size="sm" aria-label="Reading" animated={!document.pages_total} value={document.pages_total ? (document.pages_done / document.pages_total) * 100 : 100} />}
      {document.error && (
        <Text size="sm" mt="sm" className={classes.problem}>
          {document.error}
        </Text>
      )}
      <Group mt="sm" gap="xs">
        <Button component="a" href={`/api/knowledge/documents/${document.id}/file`} variant="default" leftSection={<Download size={14} />}>
          Download
        </Button>
        <FileButton accept={ACCEPTED} onChange={(file) => file && replacing.start(file)}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<Upload size={14} />} loading={replacing.share !== null}>
              Replace
            </Button>
          )}
        </FileButton>
        {document.status === "failed" && (
          <Button variant="default" leftSection={<RefreshCw size={14} />} onClick={() => again.mutate(undefined)}>
            Read again
          </Button>
        )}
      </Group>
      {replacing.share !== null && <Progress mt="sm" size="sm" value={replacing.share * 100} aria-label="Upload" />}
      {versions.length > 1 && (
        <Stack gap={4} mt="md">
          <Text size="xs" fw={600}>
            Versions
          </Text>
          {versions.map((version) => (
            <Group key={version.number} gap="xs" justify="space-between" wrap="nowrap">
              <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                {version.number}. {version.filename}, {sizeOf(version.size)}, {exactly(version.created_at)}
              </Text>
              {version.number === document.version ? (
                <Badge color={version.number === document.shown_version ? "teal" : "blue"}>{version.number === document.shown_version ? "in use" : "being read"}</Badge>
              ) : (
                <Button variant="subtle" size="compact-xs" onClick={() => restore.mutate(version.number)}>
                  Bring back
                </Button>
              )}
            </Group>
          ))}
        </Stack>
      )}
    </div>
  );
}

function useReplace(documentId: string) {
  const [share, setShare] = useState<number | null>(null);
  const queries = useQueryClient();
  const start = (file: File) => {
    setShare(0);
    send("PUT", `/api/knowledge/documents/${documentId}/file`, file, setShare)
      .catch((error: unknown) => complain(error, "The new version was refused"))
      .finally(() => {
        setShare(null);
        void queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith("/api/knowledge") });
      });
  };
  return { share, start };
}
