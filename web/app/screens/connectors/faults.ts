import { Problem } from "~/api";

/** What the server says is wrong, by the field of the form. */
export function faultsIn(error: unknown): Record<string, string> {
  const listed = error instanceof Problem && Array.isArray(error.more.errors) ? (error.more.errors as { field?: string; message?: string }[]) : [];
  return Object.fromEntries(listed.map((one) => [(one.field ?? "").replace(/^settings\./, "").split(".")[0] ?? "", one.message ?? "is wrong"]));
}
