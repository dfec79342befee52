/** How it hears and speaks on the telephone, where calls go on, and what a call may take. */
import { NumberInput, Select, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { api } from "~/api";
import { TestCallButton } from "~/screens/calls/test/TestCallButton";
import type { Voice as VoiceSettings } from "../words";
import classes from "./editor.module.css";
import type { PartProps } from "./Editor";

type TextField = "stt_provider" | "stt_model" | "llm_model" | "tts_provider" | "tts_model" | "voice";
type NumberField = "max_call_duration_minutes" | "silence_timeout_seconds" | "silence_max_retries" | "silence_check_interval" | "speed";

const TEXTS: { field: TextField; label: string }[] = [
  { field: "stt_provider", label: "Hears with" },
  { field: "stt_model", label: "Its model" },
  { field: "tts_provider", label: "Speaks with" },
  { field: "tts_model", label: "Model that speaks" },
  { field: "voice", label: "Voice" },
  { field: "llm_model", label: "Model on calls" },
];

const NUMBERS: { field: NumberField; label: string; fallback: string; min: number; max: number; decimals?: number }[] = [
  { field: "speed", label: "Speed", fallback: "1", min: 0.25, max: 4, decimals: 2 },
  { field: "max_call_duration_minutes", label: "Call, in minutes", fallback: "30", min: 1, max: 600 },
  { field: "silence_timeout_seconds", label: "Silence, in seconds", fallback: "10", min: 1, max: 600 },
  { field: "silence_max_retries", label: "Asks after silence", fallback: "2", min: 0, max: 50 },
  { field: "silence_check_interval", label: "Check, in seconds", fallback: "1", min: 1, max: 60 },
];

export function Voice({ agent, draft, readOnly }: PartProps) {
  const voice: VoiceSettings = draft.settings.voice ?? {};
  const teams = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } }).data?.items ?? [];
  const write = (changes: Partial<VoiceSettings>) => draft.set({ voice: { ...voice, ...changes } });
  return (
    <>
      <div>
        <TestCallButton agent={agent.name} size="xs" disabled={draft.isDirty} />
        {draft.isDirty && <Text size="xs" c="dimmed" mt={4}>A test call is answered by what is saved: save first.</Text>}
      </div>
      <Select
        label="How a call runs"
        data={[
          { value: "stt_llm_tts", label: "Speech to text, model, text to speech" },
          { value: "realtime", label: "One model that hears and speaks" },
        ]}
        value={voice.pipeline_mode ?? "stt_llm_tts"}
        allowDeselect={false}
        readOnly={readOnly}
        onChange={(value) => write({ pipeline_mode: value === "realtime" ? "realtime" : null })}
      />
      <div className={classes.row}>
        {TEXTS.map(({ field, label }) => (
          <TextInput
            key={field}
            label={label}
            placeholder={field === "llm_model" ? "The agent's" : "The runtime's"}
            value={voice[field] ?? ""}
            maxLength={100}
            readOnly={readOnly}
            onChange={(event) => write({ [field]: event.currentTarget.value || null })}
          />
        ))}
      </div>
      {voice.pipeline_mode === "realtime" && (
        <Textarea
          label="Told to the realtime model"
          description="Beside its prompt."
          autosize
          minRows={2}
          maxLength={8000}
          value={voice.prompt_realtime ?? ""}
          readOnly={readOnly}
          onChange={(event) => write({ prompt_realtime: event.currentTarget.value || null })}
        />
      )}
      <TextInput
        label="Where a call goes on that a person takes"
        description={`A number such as +4930123456, or queue: and a team${teams.length ? `: ${teams.map((team) => team.name).slice(0, 5).join(", ")}` : ""}`}
        placeholder="Nowhere"
        value={voice.transfer_to ?? ""}
        maxLength={100}
        readOnly={readOnly}
        onChange={(event) => write({ transfer_to: event.currentTarget.value.trimStart() || null })}
      />
      <TagsInput
        label="Words at which a person is called"
        description="Said by a caller, the agent stops at once."
        placeholder={voice.stop_words?.length ? "" : "Lawyer, complaint …"}
        value={voice.stop_words ?? []}
        maxTags={50}
        readOnly={readOnly}
        onChange={(value) => write({ stop_words: value.length ? value : null })}
      />
      <Select
        label="After a call"
        data={[
          { value: "task", label: "A task that somebody looks after it" },
          { value: "mail", label: "A mail to the contact about what was said" },
        ]}
        placeholder="Nothing follows"
        clearable
        value={voice.after_call ?? null}
        readOnly={readOnly}
        onChange={(value) => write({ after_call: value === "task" || value === "mail" ? value : null })}
      />
      <Switch
        label="Record calls"
        description="Callers are told, and press 9 where they do not want it."
        checked={voice.record_calls ?? false}
        disabled={readOnly}
        onChange={(event) => write({ record_calls: event.currentTarget.checked || null })}
      />
      <div className={classes.row} role="group" aria-label="Limits of one call">
        {NUMBERS.map(({ field, label, fallback, min, max, decimals }) => (
          <NumberInput
            key={field}
            label={label}
            placeholder={fallback}
            value={voice[field] ?? ""}
            min={min}
            max={max}
            step={decimals ? 0.1 : 1}
            decimalScale={decimals ?? 0}
            readOnly={readOnly}
            onChange={(value) => write({ [field]: value === "" ? null : Number(value) })}
          />
        ))}
      </div>
    </>
  );
}
