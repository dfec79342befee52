/** What templates' states, kinds and gaps are called. */
import type { Schemas } from "~/api";

export type Template = Schemas["TemplateView"];
export type Gap = Template["variables"][number];

/** `about`: why it cannot be sent, and what to do. */
export const STATES: Record<Template["status"], { name: string; color: string; about?: string }> = {
  approved: { name: "Approved", color: "teal" },
  pending: { name: "Waits for Meta", color: "yellow", about: "Meta looks at it, mostly within minutes." },
  rejected: { name: "Rejected", color: "red", about: "Change it in WhatsApp Manager, or appeal there." },
  paused: { name: "Paused", color: "orange", about: "Contacts blocked or reported it. Meta lets it go on after some hours; the third time it is disabled." },
  disabled: { name: "Disabled", color: "red", about: "Contacts blocked or reported it too often. Make another one in WhatsApp Manager." },
  deleted: { name: "Deleted", color: "gray", about: "It is being deleted at Meta." },
  unsupported: { name: "Cannot be sent from here", color: "gray", about: "It has parts that are not sent from here: a carousel, a flow, or an offer that ends." },
};

const REASONS: Record<string, string> = {
  ABUSIVE_CONTENT: "it could be taken as threatening or abusive",
  INCORRECT_CATEGORY: "it belongs into another category",
  INVALID_FORMAT: "gaps are missing, or stand where they may not",
  PROMOTIONAL: "it advertises something, which its category does not allow",
  SCAM: "it looks like an attempt to cheat",
  TAG_CONTENT_MISMATCH: "its text does not fit its language or category",
};

/** Meta's reason in words; its own where it is another. */
export function reasonOf(template: Template): string | undefined {
  return template.reason ? (REASONS[template.reason.toUpperCase()] ?? template.reason) : undefined;
}

export const CATEGORIES: Record<string, string> = { utility: "Utility", marketing: "Marketing", authentication: "Codes" };

/** What a gap can be filled with by itself. */
export const FACTS: Record<string, string> = {
  first_name: "First name",
  contact_name: "Whole name",
  business: "The business's name",
  agent_name: "Who writes",
  reply: "What is to be said",
};
export const OWN_TEXT = "text:";

export function readable(name: string): string {
  return name.replaceAll("_", " ");
}

const languages = new Intl.DisplayNames(undefined, { type: "language", fallback: "code" });

/** Meta writes "en_US"; two letters that are no language stay as they are. */
export function languageName(code: string): string {
  try {
    return languages.of(code.replaceAll("_", "-")) ?? code;
  } catch {
    return code;
  }
}

/** What will stand in a gap, in words; nothing where somebody fills it by hand. */
export function fillInWords(source: string | undefined): string | undefined {
  if (!source) return undefined;
  return source.startsWith(OWN_TEXT) ? source.slice(OWN_TEXT.length) : (FACTS[source] ?? source);
}
