/** The steps of a story as people read them: one sentence each, and what can be unfolded below it. */
import type { Schemas } from "~/api";
import { channelName } from "~/ui/channel";
import { duration } from "~/ui/time";
import { agentName } from "../ledger/state";

export type Story = Schemas["EventStory"];
export type Step = Story["steps"][number];
type Detail = Record<string, unknown>;

export type Told = {
  key: string;
  at: string;
  kind: string;
  /** What happened. */
  title: string;
  /** Why, or what exactly. */
  why?: string;
  /** Words that somebody wrote. */
  quote?: string;
  bad?: boolean;
  /** What there is besides, by name. */
  more: Detail;
};

const LEADING = ["arrived", "message", "matched", "decided"];

/** In the order in which it is understood: what arrived, who that is, who answers; then by time; what it waits for, last. */
export function toldOf(story: Story): Told[] {
  const steps = story.steps;
  const first = LEADING.map((what) => steps.find((step) => step.what === what)).filter((step) => step !== undefined);
  const last = steps.filter(({ what }) => what === "waits");
  const between = steps.filter((step) => !first.includes(step) && !last.includes(step));
  return [...first, ...between, ...last].map((step, index) => ({ key: `${index}`, at: step.at, kind: step.what, more: {}, ...sentence(step, story) }));
}

type Sentence = Pick<Told, "title"> & Partial<Told>;

function sentence(step: Step, story: Story): Sentence {
  const detail: Detail = step.detail ?? {};
  const tell = TELL[step.what];
  return tell ? tell(detail, story) : { title: step.text, more: detail };
}

const text = (value: unknown): string => (typeof value === "string" ? value : value === null || value === undefined ? "" : String(value));
const took = (milliseconds: unknown): string => (milliseconds === undefined ? "" : ` in ${duration(Number(milliseconds) / 1_000)}`);
const without = (detail: Detail, ...names: string[]): Detail => Object.fromEntries(Object.entries(detail).filter(([name]) => !names.includes(name)));

const OUTCOMES: Record<string, string> = {
  answered: "Answered",
  handed_off: "Handed to a person",
  ignored: "Nobody needs to answer",
  failed: "It could not be handled",
};
const WAITS: Record<string, string> = {
  run: "Waits until somebody runs it",
  approval: "Waits for approval",
  person: "Waits for a person",
  delivery: "The reply is on its way",
};
const ASKED: Record<string, string> = { "event.run": "ran it", "event.replayed": "replayed it", "event.handed_off": "gave it to a person" };
const SENT: Record<string, string> = {
  sent: "was sent",
  sending: "is being sent",
  queued: "waits to be sent",
  failed: "could not be sent",
  unknown: "may have arrived: nobody knows",
  cancelled: "was not sent",
};

const TELL: Record<string, (detail: Detail, story: Story) => Sentence> = {
  arrived: (detail, { arrival, event }) => ({
    title: detail.kind === "wake" ? "A follow-up came due" : `Arrived by ${channelName(event.channel)}${event.account ? ` at ${event.account}` : ""}`,
    why: Number(detail.attempts) > 1 ? `Taken up ${text(detail.attempts)} times` : undefined,
    more: {
      ...Object.fromEntries(arrival.fields.map(({ name, value }) => [name, value])),
      stored: arrival.size ? `${arrival.size.toLocaleString()} bytes as they came` : "no longer",
      "provider's id": detail.external_id,
    },
  }),
  message: (detail, { event }) => ({ title: `${event.contact_name ?? "The contact"} wrote`, quote: text(detail.text), more: without(detail, "text", "author") }),
  reply: (detail) => ({
    title: detail.author === "agent" ? "The AI replied" : detail.author === "member" ? "A teammate replied" : "Dynaris wrote",
    quote: text(detail.text),
    more: without(detail, "text", "author"),
  }),
  note: (detail) => (detail.text === undefined ? { title: "Something came up during the run", more: detail } : { title: "A note for the team", quote: text(detail.text), more: without(detail, "text") }),
  matched: (detail, { event }) => ({
    title: detail.created ? "A new contact was made" : `This is ${event.contact_name ?? text(detail.name) ?? "a known contact"}`,
    why: text(detail.reason),
    more: without(detail, "reason", "created"),
  }),
  decided: (detail) => ({
    title: detail.agent ? `The AI answers: ${agentName(text(detail.agent))}` : "Who answers",
    why: [text(detail.reason), text(detail.mode).replace(/(member|key|staff):[0-9a-f-]{36}/, "a person")].filter(Boolean).join(" · "),
    more: without(detail, "reason", "mode", "agent"),
  }),
  route: (detail) => {
    const chosen = (detail.result ?? {}) as Detail;
    return { title: `The supervisor chose ${agentName(text(chosen.agent)) || "an agent"}${took(detail.duration_ms)}`, why: text(chosen.reason), more: without(detail, "duration_ms", "arguments") };
  },
  model: (detail) => ({
    title: `${modelName(detail)} answered${took(detail.duration_ms)}`,
    why: text(detail.error) || usage(detail),
    bad: !!detail.error,
    quote: spoken(detail.result),
    more: { response: detail.result },
  }),
  tool: (detail) => ({
    title: `${detail.error ? "Tried to call" : "Called"} ${agentName(text(detail.tool))}${took(detail.duration_ms)}`,
    why: text(detail.error) || (detail.effect ? `Effect: ${text(detail.effect)}` : undefined),
    bad: !!detail.error,
    more: { arguments: detail.arguments, result: detail.result },
  }),
  approval: (detail) =>
    detail.status === undefined
      ? { title: `Asked for a yes: ${agentName(text(detail.action))}`, why: text(detail.why), quote: text((detail.proposal as Detail | undefined)?.text), more: without(detail, "why", "action") }
      : {
          title: `${text(detail.decided_by_name) || "Somebody"} ${verdict(detail)}`,
          why: text(detail.reason),
          quote: text((detail.edits as Detail | undefined)?.text),
          bad: detail.status === "rejected",
          more: without(detail, "decided_by_name", "status", "reason"),
        },
  queued: (detail) => ({ title: `To be sent by ${channelName(text(detail.channel))}`, why: readable(text(detail.recipient)), more: {} }),
  delivery: (detail) => ({
    title: `The message ${SENT[text(detail.status)] ?? text(detail.status)}`,
    why: text(detail.error) || (Number(detail.attempts) > 1 ? `After ${text(detail.attempts)} tries` : undefined),
    bad: detail.status === "failed" || detail.status === "unknown",
    more: { ...(detail.external_id ? { "provider's id": detail.external_id } : {}), recipient: detail.recipient },
  }),
  waits: (detail) => ({ title: WAITS[text(detail.waiting_for)] ?? "Waits", why: text(detail.reason), more: {} }),
  outcome: (detail) => ({ title: OUTCOMES[text(detail.outcome)] ?? text(detail.outcome), why: text(detail.reason), bad: detail.outcome === "failed", more: {} }),
  asked: (detail) => ({ title: `${text(detail.actor_name)} ${ASKED[text(detail.action)] ?? text(detail.action)}`, more: without(detail, "actor_name", "action") }),
  replayed: (detail) => ({ title: detail.because ? "It came back to the AI" : "It began again from its stored arrival", why: text(detail.because), more: detail }),
  "follow-up": (detail) => ({ title: "A follow-up was planned", why: text(detail.reason), more: without(detail, "reason") }),
  task: (detail) => ({ title: `Task: ${text(detail.title)}`, why: text(detail.status), more: without(detail, "title", "status") }),
};

function verdict(detail: Detail): string {
  if (detail.status === "approved") return detail.edits ? "approved it with edits" : "approved it";
  return { rejected: "rejected it", expired: "let it expire", cancelled: "made it void" }[text(detail.status)] ?? text(detail.status);
}

function modelName(detail: Detail): string {
  const model = text(detail.model);
  return model === "builtin" ? "The built-in model" : model || "The model";
}

function usage(detail: Detail): string | undefined {
  const tokens = Number(detail.input_tokens ?? 0) + Number(detail.output_tokens ?? 0);
  if (!tokens) return undefined;
  const cost = detail.cost === undefined ? "price unknown" : `$${Number(detail.cost).toFixed(4)}`;
  return `${tokens.toLocaleString()} tokens, ${cost}`;
}

/** The words of a model's response, without its calls. */
function spoken(result: unknown): string | undefined {
  const parts = (result as { parts?: { part_kind?: string; content?: unknown }[] } | null)?.parts;
  const words = parts?.filter(({ part_kind, content }) => part_kind === "text" && typeof content === "string").map(({ content }) => content as string);
  return words?.length ? words.join("\n\n") : undefined;
}

/** A chat session's key says nothing to anybody. */
function readable(recipient: string): string | undefined {
  return /^[0-9a-f]{32,}$/.test(recipient) ? undefined : recipient;
}
