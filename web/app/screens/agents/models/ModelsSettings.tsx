/** Models of the workspace: which ones its agents use, providers with keys of their own, and what they may cost. */
import { Alert, Autocomplete, Badge, Button, Group, NumberInput, Progress, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Empty, Failed, Lines } from "~/ui/states";
import classes from "../agents.module.css";
import { count, dollars, FINE, WRONG } from "../words";
import { ProviderForm } from "./ProviderForm";

type Provider = Schemas["ModelProviderView"];
type Spending = Schemas["SpendingView"];

/** For the settings: whoever shows it gives the page around it. */
export function ModelsSettings() {
  return (
    <Stack gap="md" maw={760}>
      <WorkspaceModels />
      <Providers />
      <SpendingPart />
    </Stack>
  );
}

function Part({ title, about, action, children }: { title: string; about: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <Group justify="space-between" align="flex-start" mb="sm" wrap="nowrap">
        <div>
          <Title order={2} size="h3">{title}</Title>
          <Text size="xs" c="dimmed">{about}</Text>
        </div>
        {action}
      </Group>
      {children}
    </section>
  );
}

function WorkspaceModels() {
  const settings = api.useQuery("get", "/api/settings/workspace");
  if (settings.error) return <Failed error={settings.error} retry={() => void settings.refetch()} />;
  if (!settings.data) return <Lines count={2} />;
  return (
    <Part title="Models in use" about="For all agents that are set to no other. The built-in one (builtin) needs no key and costs nothing.">
      <OneModel key={settings.data.model} field="model" label="Agents answer with" value={settings.data.model} />
      <OneModel key={`s ${settings.data.supervisor_model}`} field="supervisor_model" label="The supervisor chooses with" value={settings.data.supervisor_model} />
      <OneModel key={`t ${settings.data.transcription_model}`} field="transcription_model" label="Voice notes are written down by" value={settings.data.transcription_model} hears />
    </Part>
  );
}

type ModelField = "model" | "supervisor_model" | "transcription_model";

/** `hears`: it takes recordings, so there is no built-in one, and no word to try it with; empty is nobody. */
function OneModel({ field, label, value, hears = false }: { field: ModelField; label: string; value: string; hears?: boolean }) {
  const queries = useQueryClient();
  const providers = api.useQuery("get", "/api/model-providers").data?.items ?? [];
  const [text, setText] = useState(value);
  const save = useAct((model: string) => client.PATCH("/api/settings/workspace", { body: { [field]: model } }), {
    failed: "The model was not set",
    done: "Saved",
    onDone: () => {
      void queries.invalidateQueries({ queryKey: ["get", "/api/settings/workspace"] });
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents"] });
    },
  });
  return (
    <Group align="flex-end" gap="xs" mb="xs">
      <Autocomplete flex={1} miw={200} label={label} placeholder={hears ? "Nobody; for example openai:gpt-4o-mini-transcribe" : undefined} data={[...(hears ? [] : ["builtin"]), ...providers.map((provider) => `${provider.name}:`)]} value={text} onChange={setText} error={save.error ? said(save.error) : undefined} />
      {!hears && <Try model={text} />}
      <Button size="sm" disabled={(!hears && !text.trim()) || text === value} loading={save.isPending} onClick={() => save.mutate(text.trim())}>Save</Button>
    </Group>
  );
}

/** One word from a model. */
export function Try({ model }: { model: string }) {
  const [answer, setAnswer] = useState<{ model: string; ok: boolean; text: string } | null>(null);
  const ask = useAct(() => client.POST("/api/model-providers/try", { body: { model } }), {
    failed: "The model was not asked",
    onDone: ({ data }) => data && setAnswer({ model, ok: data.ok, text: data.ok ? `Answers in ${data.seconds.toFixed(1)} s` : data.detail }),
  });
  return (
    <>
      <Button size="sm" variant="default" disabled={!model.trim() || model.endsWith(":")} loading={ask.isPending} onClick={() => ask.mutate(undefined)}>Try</Button>
      {answer?.model === model && <Text size="xs" role="status" c={answer.ok ? FINE : WRONG} style={{ flexBasis: "100%", order: 9 }}>{answer.text}</Text>}
    </>
  );
}

function Providers() {
  const providers = api.useQuery("get", "/api/model-providers");
  const [adding, dialog] = useDisclosure(false);
  const [changing, setChanging] = useState<Provider | null>(null);
  const add = <Button leftSection={<Plus size={14} />} onClick={dialog.open}>Add a provider</Button>;
  return (
    <Part title="Providers" about="With a key of this workspace: encrypted, and shown to nobody. A model is then named as provider:model." action={providers.data?.items.length ? add : undefined}>
      {providers.error && <Failed error={providers.error} retry={() => void providers.refetch()} />}
      {providers.isPending && <Lines count={2} />}
      {providers.data?.items.length === 0 && <Empty title="No provider yet" action={add}>OpenAI, Anthropic and others, or a server of your own such as Ollama.</Empty>}
      {providers.data?.items.map((provider) => <ProviderRow key={provider.name} provider={provider} change={() => setChanging(provider)} />)}
      {adding && <ProviderForm close={dialog.close} />}
      {changing && <ProviderForm close={() => setChanging(null)} provider={changing} />}
    </Part>
  );
}

function ProviderRow({ provider, change }: { provider: Provider; change: () => void }) {
  const [asking, dialog] = useDisclosure(false);
  const queries = useQueryClient();
  const remove = useAct(() => client.DELETE("/api/model-providers/{provider}", { params: { path: { provider: provider.name } } }), {
    failed: "The provider stays",
    done: "Removed",
    onDone: () => void queries.invalidateQueries({ queryKey: ["get", "/api/model-providers"] }),
  });
  return (
    <div className={classes.rule}>
      <Group justify="space-between" py={8} wrap="nowrap">
        <div className={classes.shrinks}>
          <Group gap={8}>
            <Text size="sm" fw={600}>{provider.name}</Text>
            <Badge color={provider.error ? "red" : provider.has_key ? "teal" : "gray"}>{provider.error ? "Does not answer" : provider.has_key ? "With a key" : "Without a key"}</Badge>
          </Group>
          <Text size="xs" c="dimmed" truncate>{provider.kind}{provider.base_url && ` · ${provider.base_url}`}</Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button variant="default" onClick={change} aria-label={`Change ${provider.name}`}>Change</Button>
          <Button variant="subtle" color="gray" px={8} onClick={dialog.open} aria-label={`Remove ${provider.name}`}><Trash2 size={15} /></Button>
        </Group>
      </Group>
      {provider.error && <Alert color="red" mb={8} p="xs"><Text size="xs">{provider.error}</Text></Alert>}
      <Confirm opened={asking} close={dialog.close} title={`Remove ${provider.name}?`} action="Remove" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined, { onSettled: dialog.close })}>
        Its key is deleted. Refused while an agent uses one of its models.
      </Confirm>
    </div>
  );
}

function SpendingPart() {
  const spending = api.useQuery("get", "/api/model-spending");
  if (spending.error) return <Failed error={spending.error} retry={() => void spending.refetch()} />;
  if (!spending.data) return <Lines count={2} />;
  return (
    <Part title="Spending" about={`${spending.data.month}, by price lists, in US dollars. At the cap no paid model is asked: people take over.`}>
      <Cap key={spending.data.monthly_cap} spending={spending.data} />
    </Part>
  );
}

function Cap({ spending }: { spending: Spending }) {
  const queries = useQueryClient();
  const [cap, setCap] = useState<string | number>(spending.monthly_cap === null ? "" : Number(spending.monthly_cap));
  const save = useAct((value: string | null) => client.PATCH("/api/model-spending", { body: { monthly_cap: value } }), {
    failed: "The cap was not set",
    done: "Saved",
    onDone: () => void queries.invalidateQueries({ queryKey: ["get", "/api/model-spending"] }),
  });
  const spent = Number(spending.spent), most = Number(spending.monthly_cap);
  const share = most > 0 ? Math.min(100, (100 * spent) / most) : 0;
  const changed = (cap === "" ? null : Number(cap)) !== (spending.monthly_cap === null ? null : most);
  return (
    <Stack gap="sm">
      <Text size="sm">
        <b>{dollars(spending.spent)}</b> {spending.monthly_cap === null ? "spent, without a cap" : `of ${dollars(spending.monthly_cap)}`} · {count(spending.requests, "request")}
        {spending.unpriced > 0 && ` · ${spending.unpriced} without a known price, which count nothing`}
      </Text>
      {most > 0 && <Progress value={share} color={share > 90 ? "red" : share > 70 ? "orange" : undefined} aria-label="Spent of the cap" />}
      <Group align="flex-end" gap="xs">
        <NumberInput label="Cap for a month" placeholder="No cap" prefix="$" min={0} decimalScale={2} thousandSeparator="," value={cap} onChange={setCap} />
        <Button size="sm" disabled={!changed} loading={save.isPending} onClick={() => save.mutate(cap === "" ? null : String(cap))}>Save</Button>
      </Group>
    </Stack>
  );
}
