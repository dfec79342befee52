/** Which models it asks, and what a run may use up. */
import { Autocomplete, Button, Group, NumberInput, TagsInput, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, client, said } from "~/api";
import type { Settings } from "../words";
import classes from "./editor.module.css";
import type { PartProps } from "./Editor";
import agents from "../agents.module.css";
import { FINE, WRONG } from "../words";

type NumberField = "temperature" | "max_output_tokens" | "max_context_tokens" | "max_steps" | "max_tool_calls" | "max_tokens" | "max_cost" | "max_seconds";

const LIMITS: { field: NumberField; label: string; fallback?: string; decimals?: number; step?: number; min?: number; max?: number; prefix?: string; suffix?: string }[] = [
  { field: "max_steps", label: "Steps", fallback: "24", min: 1, max: 100 },
  { field: "max_tool_calls", label: "Tool calls", fallback: "36", min: 0, max: 200 },
  { field: "max_tokens", label: "Tokens", fallback: "500,000", min: 100, max: 10_000_000 },
  { field: "max_cost", label: "Cost", fallback: "$2.00", decimals: 6, min: 0, prefix: "$" },
  { field: "max_seconds", label: "Seconds", fallback: "The process's", decimals: 1, min: 0.1, max: 3600 },
  { field: "max_context_tokens", label: "Context, in tokens", fallback: "12,000", min: 2000, max: 1_000_000 },
  { field: "max_output_tokens", label: "Answer, in tokens", fallback: "The provider's", min: 16, max: 200_000 },
  { field: "temperature", label: "Temperature", fallback: "The provider's", decimals: 2, step: 0.1, min: 0, max: 2 },
];

export function Models({ agent, draft, readOnly }: PartProps) {
  const { settings, set } = draft;
  const providers = api.useQuery("get", "/api/model-providers", {}, { enabled: !readOnly }).data?.items ?? [];
  const known = ["builtin", ...providers.map((provider) => `${provider.name}:`)];
  return (
    <>
      <Group align="flex-end" gap="xs">
        <Autocomplete
          flex={1}
          miw={220}
          label="Model"
          description="builtin, provider:model, or one of your own providers"
          placeholder={`${agent.settings.model ? "The workspace's" : agent.models[0]}`}
          data={known}
          value={settings.model ?? ""}
          readOnly={readOnly}
          onChange={(value) => set({ model: value || null })}
        />
        {!readOnly && settings.model && settings.model !== "builtin" && <Ask model={settings.model} />}
      </Group>
      <TagsInput
        label="When it fails, ask these next"
        data={known}
        value={settings.fallbacks ?? []}
        maxTags={5}
        readOnly={readOnly}
        acceptValueOnBlur
        placeholder={settings.fallbacks?.length ? undefined : "None: then the built-in one"}
        onChange={(value) => set({ fallbacks: value.length ? value : null })}
      />
      {!readOnly && (
        <Text size="xs" c="dimmed">
          Keys, prices and the cap: <Link className={agents.link} to="/agents/models">models</Link>.
        </Text>
      )}
      <div className={classes.row} role="group" aria-label="Limits of one run">
        {LIMITS.map(({ field, label, fallback, decimals, step, min, max, prefix }) => (
          <NumberInput
            key={field}
            label={label}
            placeholder={fallback}
            value={settings[field] ?? ""}
            min={min}
            max={max}
            step={step}
            prefix={prefix}
            decimalScale={decimals ?? 0}
            thousandSeparator=","
            readOnly={readOnly}
            onChange={(value) => set({ [field]: value === "" ? null : field === "max_cost" ? String(value) : Number(value) } as Partial<Settings>)}
          />
        ))}
      </div>
    </>
  );
}

/** Does it answer? */
function Ask({ model }: { model: string }) {
  const [state, setState] = useState<{ text: string; ok: boolean; of: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try {
      const { data } = await client.POST("/api/model-providers/try", { body: { model } });
      setState({ text: data?.ok ? `It answers, in ${data.seconds.toFixed(1)} s` : (data?.detail ?? ""), ok: !!data?.ok, of: model });
    } catch (error) {
      setState({ text: said(error), ok: false, of: model });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="sm" loading={busy} onClick={() => void ask()}>Ask it</Button>
      {state?.of === model && <Text size="xs" c={state.ok ? FINE : WRONG} role="status">{state.text}</Text>}
    </>
  );
}
