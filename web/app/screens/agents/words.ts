/** What agents and their parts are called on screens. */
import type { Schemas } from "~/api";

export type Agent = Schemas["AgentView"];
export type AgentDetail = Schemas["AgentDetail"];
export type Settings = Schemas["AgentSettings-Input"];
export type Component = Schemas["PromptComponent"];
export type Voice = Schemas["VoiceSettings"];
export type Variable = Schemas["OutboundVariable"];
export type Effect = Schemas["ToolView"]["effect"];

const TITLES: Record<string, string> = {
  email_sales: "E-mail and sales",
  scheduling: "Scheduling",
  voice: "Voice",
  research: "Research",
  chat: "Chat",
  supervisor: "Supervisor",
};

export function titleOf(agent: { name: string; settings?: { title?: string | null } }): string {
  return agent.settings?.title || TITLES[agent.name] || agent.name;
}

export function specialistName(name: string): string {
  return TITLES[name] ?? name;
}

export function aboutOf(agent: Agent): string {
  return agent.settings.role || capital(agent.purpose);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const EFFECTS: Record<Effect, { label: string; about: string }> = {
  read: { label: "Read", about: "Looks something up; changes nothing" },
  write: { label: "Write", about: "Changes what this workspace keeps" },
  send: { label: "Send", about: "Something leaves the house" },
  spend: { label: "Spend", about: "Costs money beyond the model" },
};

export const DECISIONS: Record<string, { label: string; color: string }> = {
  reply: { label: "Answered", color: "teal" },
  escalate: { label: "Handed to a person", color: "orange" },
  wait: { label: "Waits", color: "yellow" },
  follow_up: { label: "Follows up later", color: "blue" },
  ignore: { label: "No answer needed", color: "gray" },
  route: { label: "Chose", color: "blue" },
  propose: { label: "Proposed", color: "yellow" },
};

export const STATUSES: Record<string, { label: string; color: string }> = {
  running: { label: "Running", color: "blue" },
  waiting: { label: "Waits for a yes", color: "yellow" },
  done: { label: "Done", color: "teal" },
  failed: { label: "Failed", color: "red" },
};

/** "create_task" as "Create task". */
export function toolName(name: string): string {
  return capital(name.replaceAll("_", " "));
}

/** "provider:model" as it is; the one that needs no provider has a name. */
export function modelName(model: string | undefined): string {
  return model === "builtin" ? "Built-in model" : (model ?? "");
}

/** US dollars; what has no price says so. */
export function dollars(cost: string | null | undefined): string {
  if (cost === null || cost === undefined) return "unknown price";
  const value = Number(cost);
  if (value === 0) return "$0";
  return value < 0.01 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString()} ${value === 1 ? one : many}`;
}

/** "member:…" as the audit log has it, without the id. */
export function who(actor: string | null | undefined, members: { id: string; name: string }[] = []): string {
  if (!actor) return "nobody";
  const [kind, id] = actor.split(":");
  if (kind === "member") return members.find((member) => member.id === id)?.name ?? "a teammate";
  return { key: "an API key", staff: "Dynaris staff", system: "Dynaris" }[kind ?? ""] ?? actor;
}

/** Readable in both schemes, also when small. */
export const WRONG = "var(--mantine-color-error)";
export const CAUTION = "light-dark(#9a4b00, var(--mantine-color-orange-4))";
export const FINE = "light-dark(#0b6b4b, var(--mantine-color-teal-4))";
