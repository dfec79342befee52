import { Alert, Button, Group, NumberInput, Progress, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Failed, Lines } from "~/ui/states";
import { fromNow } from "~/ui/time";
import { Frame } from "./Frame";
import classes from "./knowledge.module.css";
import { count } from "./sources";

const RENEWED = { key: ["get", "/api/knowledge/embeddings"], change: (stored: unknown) => stored as never };

export function MeaningScreen() {
  const status = api.useQuery("get", "/api/knowledge/embeddings");
  return (
    <Frame>
      {status.isPending && <Lines count={2} />}
      {status.error && <Failed error={status.error} retry={() => void status.refetch()} />}
      {status.data && <Setting status={status.data} />}
    </Frame>
  );
}

function Setting({ status }: { status: Schemas["EmbeddingStatus"] }) {
  const admin = useIsAdmin();
  return (
    <Stack maw={620}>
      <Text size="sm">
        Search finds passages by their words, in every language, with what means the same. A model for embeddings also finds what is meant in other words; texts and questions are then sent to its provider.
      </Text>
      {!status.available && (
        <Alert color="gray" title="Not on this server">
          The database has no pgvector. Search by words works without it.
        </Alert>
      )}
      {status.models.map((model) => (
        <Model key={model.id} model={model} passages={status.passages} admin={admin} />
      ))}
      {status.available && (admin ? <Form serving={status.models.length > 0} /> : <Text size="sm" c="dimmed">Admins choose the model.</Text>)}
    </Stack>
  );
}

function Model({ model, passages, admin }: { model: Schemas["EmbeddingModel"]; passages: number; admin: boolean }) {
  const [leaving, setLeaving] = useState(false);
  const leave = useAct(() => client.DELETE("/api/knowledge/embeddings"), { failed: "Search by meaning stays on", guess: () => [RENEWED], onDone: () => setLeaving(false), done: "Search is by words alone now" });
  return (
    <div className={classes.card}>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {model.model}
        </Title>
        {admin && (
          <Button variant="default" onClick={() => setLeaving(true)}>
            Leave it
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {model.status === "serving" ? "In use" : "Being prepared"} · {model.done.toLocaleString()} of {count(passages, "passage")} · {count(model.tokens, "token")} · {Number(model.cost).toFixed(4)} USD
      </Text>
      {model.done < passages && <Progress mt="xs" size="sm" value={passages ? (model.done / passages) * 100 : 0} aria-label="Passages prepared" />}
      {model.error && (
        <Text size="sm" mt="xs" className={classes.problem}>
          {model.error}
          {model.retry_at && ` It is tried again ${fromNow(model.retry_at)}.`}
        </Text>
      )}
      <Confirm opened={leaving} close={() => setLeaving(false)} title="Search by words alone?" action="Leave the model" busy={leave.isPending} onConfirm={() => leave.mutate(undefined)}>
        Its embeddings are deleted. Naming it again computes them anew.
      </Confirm>
    </div>
  );
}

function Form({ serving }: { serving: boolean }) {
  const form = useForm({
    initialValues: { model: "", near: 0.6 as number | string },
    validate: { model: (value) => (/^[^:]+:.+/.test(value) ? null : "A provider and a model, like openai:text-embedding-3-small") },
  });
  const use = useAct(({ model, near }: { model: string; near: number | string }) => client.PUT("/api/knowledge/embeddings", { body: { model: model.trim(), near: Number(near) } }), {
    failed: "The model is not used",
    guess: () => [RENEWED],
    done: "Passages are being prepared",
    onDone: () => form.reset(),
  });
  return (
    <form onSubmit={form.onSubmit((values) => use.mutate(values))}>
      <Stack gap="sm">
        <TextInput label={serving ? "Another model" : "Model"} description="openai:text-embedding-3-small, or one of your own providers and a model of it" {...form.getInputProps("model")} />
        <NumberInput label="Similarity that counts" description="From which on a passage is taken for what was meant: 0.05 to 0.99" min={0.05} max={0.99} step={0.05} decimalScale={2} w={260} {...form.getInputProps("near")} />
        <Group>
          <Button type="submit" loading={use.isPending}>
            Use it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
