/** What is typed to become a source: an answer, a text, an address of the web. */
import { Button, Group, Modal, NumberInput, Radio, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";

export type Kind = "faq" | "text" | "web";

const TITLES: Record<Kind, string> = { faq: "A question and its answer", text: "A text", web: "A web page or site" };
export const EVERY = [
  { value: "24", label: "every day" },
  { value: "168", label: "every week" },
  { value: "720", label: "every 30 days" },
];
const RENEWED = { key: ["get", "/api/knowledge"], change: (stored: unknown) => stored as never };

export function AddSource({ kind, close }: { kind: Kind | null; close: () => void }) {
  return (
    <Modal opened={kind !== null} onClose={close} title={kind && TITLES[kind]} size="lg">
      {kind === "faq" && <FaqForm close={close} />}
      {kind === "text" && <TextForm close={close} />}
      {kind === "web" && <WebForm close={close} />}
    </Modal>
  );
}

function Buttons({ close, busy }: { close: () => void; busy: boolean }) {
  return (
    <Group justify="flex-end" mt="xs">
      <Button variant="default" onClick={close}>
        Cancel
      </Button>
      <Button type="submit" loading={busy}>
        Add
      </Button>
    </Group>
  );
}

/** The workspace's own, in which most of what is typed is written. */
function useLanguage(): string {
  const { data } = api.useQuery("get", "/api/settings/workspace");
  return data?.language.split("-")[0] ?? "en";
}

const needed = (value: string) => (value.trim() ? null : "This is needed");

function FaqForm({ close }: { close: () => void }) {
  const language = useLanguage();
  const form = useForm({ initialValues: { question: "", answer: "" }, validate: { question: needed, answer: needed } });
  const add = useAct(
    ({ question, answer }: { question: string; answer: string }) =>
      client.POST("/api/knowledge/faq", { body: { title: question.trim().slice(0, 200), language, pairs: [{ question, answer }] } }),
    { failed: "It was not added", guess: () => [RENEWED], done: "Agents know it now", onDone: close },
  );
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack>
        <TextInput label="Question, as a customer asks it" data-autofocus maxLength={500} {...form.getInputProps("question")} />
        <Textarea label="Answer" autosize minRows={4} maxRows={14} maxLength={10_000} {...form.getInputProps("answer")} />
        <Buttons close={close} busy={add.isPending} />
      </Stack>
    </form>
  );
}

function TextForm({ close }: { close: () => void }) {
  const language = useLanguage();
  const form = useForm({ initialValues: { title: "", content: "" }, validate: { title: needed, content: needed } });
  const add = useAct(
    ({ title, content }: { title: string; content: string }) => client.POST("/api/knowledge", { body: { kind: "markdown", title, content, language } }),
    { failed: "It was not added", guess: () => [RENEWED], done: "Agents know it now", onDone: close },
  );
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack>
        <TextInput label="Title" data-autofocus maxLength={200} {...form.getInputProps("title")} />
        <Textarea label="Text" description="Headings begin with #, as in Markdown" autosize minRows={8} maxRows={22} {...form.getInputProps("content")} />
        <Buttons close={close} busy={add.isPending} />
      </Stack>
    </form>
  );
}

type Web = { kind: "site" | "page"; url: string; pages: number | string; every: string | null };

function WebForm({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const form = useForm<Web>({
    initialValues: { kind: "site", url: "https://", pages: 200, every: "168" },
    validate: { url: (value) => (/^https?:\/\/.+\..+/.test(value.trim()) ? null : "An address like https://clinic.example") },
  });
  const add = useAct(
    async ({ kind, url, pages, every }: Web) => {
      const body: Schemas["NewWebSource"] = { kind, url: url.trim(), max_pages: kind === "site" ? Number(pages) : null, max_depth: 3, every_hours: every ? Number(every) : null };
      return (await client.POST("/api/knowledge/web", { body })).data!;
    },
    {
      failed: "It was not added",
      guess: () => [RENEWED],
      onDone: (source) => {
        close();
        void navigate({ to: "/knowledge/sources/$sourceId", params: { sourceId: source.id } });
      },
    },
  );
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack>
        <TextInput label="Address" data-autofocus type="url" maxLength={2_000} {...form.getInputProps("url")} />
        <Radio.Group label="What is read" {...form.getInputProps("kind")}>
          <Group mt={6}>
            <Radio value="site" label="The site: this page and what it links to" />
            <Radio value="page" label="This page alone" />
          </Group>
        </Radio.Group>
        <Group grow>
          {form.values.kind === "site" && <NumberInput label="Pages at most" min={1} max={1_000} {...form.getInputProps("pages")} />}
          <Select label="Visited again" data={EVERY} clearable placeholder="never" {...form.getInputProps("every")} />
        </Group>
        <Text size="xs" c="dimmed">
          The site’s robots.txt is obeyed, and there is a pause between pages. Pages behind a sign-in are not read.
        </Text>
        <Buttons close={close} busy={add.isPending} />
      </Stack>
    </form>
  );
}
