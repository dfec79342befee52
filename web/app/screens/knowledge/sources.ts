/** Sources in words: what they are, how they are, and what to do. */
import type { MantineColor } from "@mantine/core";
import { FileText, Globe, HelpCircle, Link2, Type, type LucideIcon } from "lucide-react";
import type { Schemas } from "~/api";

export type Source = Schemas["Source"];
export type Document = Schemas["Document"];
export type State = { color: MantineColor; text: string; problem?: string; busy?: boolean };

export const KINDS: Record<Source["kind"], { icon: LucideIcon; name: string }> = {
  faq: { icon: HelpCircle, name: "Questions and answers" },
  text: { icon: Type, name: "Text" },
  markdown: { icon: Type, name: "Text" },
  file: { icon: FileText, name: "File" },
  page: { icon: Link2, name: "Web page" },
  site: { icon: Globe, name: "Web site" },
};

export const isWeb = (source: Source) => source.kind === "page" || source.kind === "site";
export const isTyped = (source: Source) => ["text", "markdown", "faq"].includes(source.kind);
const isVisited = (source: Source) => Boolean(source.visit_began_at && !source.visit_ended_at);

export function stateOf(source: Source): State {
  if (!source.enabled) return { color: "gray", text: "Off" };
  if (isVisited(source)) return { color: "blue", text: source.documents ? `Visiting, ${source.documents - source.waiting} of ${source.documents} read` : "Visiting", busy: true };
  if (source.waiting) return { color: "blue", text: source.documents > 1 ? `Reading, ${source.documents - source.waiting} of ${source.documents}` : "Reading", busy: true };
  if (source.visit_error) return { color: "red", text: "Not visited", problem: source.visit_error };
  if (source.failed === source.documents && source.failed) return { color: "red", text: "Could not be read" };
  if (source.failed) return { color: "orange", text: `${source.failed} of ${source.documents} not read` };
  return source.passages ? { color: "teal", text: "Ready" } : { color: "orange", text: "Nothing in it" };
}

export const DOCUMENT_STATES: Record<Document["status"], { color: MantineColor; text: string }> = {
  queued: { color: "blue", text: "Waits to be read" },
  reading: { color: "blue", text: "Reading" },
  ready: { color: "teal", text: "Ready" },
  failed: { color: "red", text: "Could not be read" },
  gone: { color: "gray", text: "No longer there" },
};

export function progressOf(document: Document): string {
  return document.status === "reading" && document.pages_total ? `Reading, ${document.pages_done} of ${document.pages_total} pages` : DOCUMENT_STATES[document.status].text;
}

const units = ["B", "kB", "MB", "GB"];

export function sizeOf(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1_000 ** power).toFixed(power && bytes / 1_000 ** power < 10 ? 1 : 0)} ${units[power]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** An address that may be a link: of the web, or ours; nothing else that a source says. */
export function safeLink(link: string | null | undefined): string | undefined {
  return link && /^(https?:\/\/|\/(?!\/))/i.test(link) ? link : undefined;
}
