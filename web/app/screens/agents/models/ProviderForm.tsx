import { Alert, Button, Group, Modal, NumberInput, PasswordInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { client, said, type Schemas } from "~/api";
import { useAct } from "~/ui/act";

type Provider = Schemas["ModelProviderView"];

const KINDS = ["openai", "anthropic", "google", "openrouter", "mistral", "deepseek", "ollama", "openai-compatible"];
const OWN = ["ollama", "openai-compatible"];

/** A new provider, or another key, address or price of one. */
export function ProviderForm({ provider, close }: { provider?: Provider; close: () => void }) {
  const queries = useQueryClient();
  const price = provider?.prices["*"];
  const form = useForm({
    initialValues: {
      name: provider?.name ?? "openai",
      kind: provider?.kind ?? "openai",
      base_url: provider?.base_url ?? "",
      api_key: "",
      input: (price ? Number(price.input) : "") as number | string,
      output: (price ? Number(price.output) : "") as number | string,
    },
    validate: { name: (name) => (/^[a-z][a-z0-9_-]{0,39}$/.test(name) ? null : "Small letters, digits, - and _, a letter first") },
  });
  const save = useAct(
    async (values: typeof form.values) => {
      const known = { ...(provider?.prices ?? {}) };
      if (values.input === "" && values.output === "") delete known["*"];
      const prices = {
        ...known,
        ...(values.input !== "" || values.output !== "" ? { "*": { input: String(values.input || 0), output: String(values.output || 0) } } : {}),
      };
      const given = { base_url: values.base_url || null, prices, ...(values.api_key ? { api_key: values.api_key } : {}) };
      if (provider) await client.PATCH("/api/model-providers/{provider}", { params: { path: { provider: provider.name } }, body: given });
      else await client.POST("/api/model-providers", { body: { name: values.name, kind: values.kind, ...given } });
    },
    {
      failed: "The provider was not saved",
      onDone: () => {
        void queries.invalidateQueries({ queryKey: ["get", "/api/model-providers"] });
        close();
      },
    },
  );
  const own = OWN.includes(form.values.kind);
  return (
    <Modal opened onClose={close} title={provider ? `Change ${provider.name}` : "Add a provider"}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} autoComplete="off">
        <Stack gap="sm">
          {!provider && (
            <>
              <Select
                label="Kind"
                searchable
                allowDeselect={false}
                data={KINDS}
                {...form.getInputProps("kind")}
                onChange={(kind) => {
                  if (!kind) return;
                  if (form.values.name === form.values.kind || KINDS.includes(form.values.name)) form.setFieldValue("name", kind.replace("openai-compatible", "own"));
                  form.setFieldValue("kind", kind);
                }}
              />
              <TextInput label="Name" description={`Its models are named ${form.values.name || "name"}:model`} {...form.getInputProps("name")} />
            </>
          )}
          <TextInput label="Address" placeholder={own ? "http://127.0.0.1:11434/v1" : "The provider's own"} required={own} {...form.getInputProps("base_url")} />
          <PasswordInput
            label="Key"
            description={provider?.has_key ? "There is one. Empty: it stays; another address needs it again." : "Stored encrypted, shown to nobody."}
            autoComplete="new-password"
            required={!provider && !own}
            {...form.getInputProps("api_key")}
          />
          <div>
            <Text size="sm" fw={500}>Prices, in dollars for a million tokens</Text>
            <Text size="xs" c="dimmed" mb={6}>Only where the price list does not know them, or yours are others.</Text>
            <Group grow>
              <NumberInput aria-label="Price of input" placeholder="Input: by the list" prefix="$" min={0} decimalScale={6} {...form.getInputProps("input")} />
              <NumberInput aria-label="Price of output" placeholder="Output: by the list" prefix="$" min={0} decimalScale={6} {...form.getInputProps("output")} />
            </Group>
          </div>
          {save.error && <Alert color="red">{said(save.error)}</Alert>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={save.isPending}>Save</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
