import { Problem } from "~/api";

/** What the server says is wrong, by the field of the form: by its whole path, and by its beginning. */
export function faultsIn(error: unknown): Record<string, string> {
  const listed = error instanceof Problem && Array.isArray(error.more.errors) ? (error.more.errors as { field?: string; message?: string }[]) : [];
  return Object.fromEntries(
    listed.flatMap(({ field, message }) => {
      const path = (field ?? "").replace(/^settings\./, "");
      const said = message ?? "is wrong";
      return [[path.split(".")[0], said], [path, said]];
    }),
  );
}
