import type { Schemas } from "~/api";

export type Import = Schemas["ContactImport"];
export type Row = Schemas["ImportRow"];
export type Action = "create" | "change" | "merge" | "unchanged" | "conflict" | "error";

export const STATES: Record<Import["state"], string> = {
  uploaded: "Not looked at yet",
  checking: "Being looked at",
  checked: "Ready",
  applying: "Being applied",
  applied: "Applied",
  undoing: "Being taken back",
  undone: "Taken back",
  failed: "Failed",
  forgotten: "Forgotten",
};

/** What becomes of rows: said before, and said after. */
export const ACTIONS: Record<Action, { before: string; after: string; color: string; about: string }> = {
  create: { before: "New", after: "Added", color: "teal", about: "Nobody has one of its addresses." },
  change: { before: "Changes a contact", after: "Changed", color: "blue", about: "The contact is there; this is added to it." },
  merge: { before: "Merges contacts", after: "Merged", color: "grape", about: "It fits several contacts, which become one." },
  unchanged: { before: "Already so", after: "Was so already", color: "gray", about: "The contact says all of it." },
  conflict: { before: "Fits several", after: "Left alone", color: "orange", about: "They are left alone, and so is the row." },
  error: { before: "Refused", after: "Refused", color: "red", about: "It cannot be read." },
};
export const UNDONE: Record<string, string> = { removed: "Removed again", restored: "As before", kept: "Kept" };

export const TARGETS: { value: string; label: string }[] = [
  { value: "name", label: "Name" },
  { value: "first_name", label: "First name" },
  { value: "last_name", label: "Last name" },
  { value: "email", label: "E-mail" },
  { value: "phone", label: "Phone" },
  { value: "whatsapp", label: "WhatsApp" },
  { value: "slack", label: "Slack id" },
  { value: "crm", label: "CRM id" },
  { value: "status", label: "Status" },
  { value: "tags", label: "Tags" },
  { value: "language", label: "Language" },
  { value: "timezone", label: "Time zone" },
  { value: "do_not_contact", label: "Do not contact" },
  { value: "id", label: "Contact's id" },
];
