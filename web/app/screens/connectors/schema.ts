/** A channel's settings, as its JSON Schema describes them, in the terms of a form. */

export type Schema = Record<string, unknown> & { $defs?: Record<string, Schema>; properties?: Record<string, Schema> };
export type Kind = "text" | "secret" | "colour" | "number" | "yes-no" | "choice" | "list" | "group" | "pairs";
export type Field = {
  name: string;
  label: string;
  about: string;
  kind: Kind;
  optional: boolean;
  required: boolean;
  initial: unknown;
  choices: string[];
  fields: Field[];
  least?: number;
  most?: number;
  longest?: number;
  issued: boolean;
};
export type Values = Record<string, unknown>;

const SHORT = /\b(url|smtp|imap|id|ids|dns|api|waba)\b/gi;

/** "smtp_url" is "SMTP URL". */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(SHORT, (word) => word.toUpperCase()).replace(/\bIDS\b/, "IDs");
}

export function fieldsOf(schema: Schema, root: Schema = schema): Field[] {
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  return Object.entries(schema.properties ?? {}).map(([name, described]) => field(name, described, root, required.includes(name)));
}

function field(name: string, described: Schema, root: Schema, required: boolean): Field {
  const { plain, optional } = bare(described, root);
  const kind = kindOf(plain);
  const number = (key: string) => (typeof plain[key] === "number" ? (plain[key] as number) : undefined);
  return {
    name,
    label: labelOf(name),
    about: typeof described.description === "string" ? described.description : "",
    kind,
    optional,
    required,
    initial: described.default ?? emptyOf(kind, optional),
    choices: choicesOf(plain),
    fields: kind === "group" ? fieldsOf(plain, root) : [],
    least: number("minimum"),
    most: number("maximum"),
    longest: number("maxLength"),
    issued: "issued" in described || "issued" in plain,
  };
}

/** Without its "or null" and with its reference followed. */
function bare(described: Schema, root: Schema): { plain: Schema; optional: boolean } {
  const options = (described.anyOf ?? described.allOf) as Schema[] | undefined;
  const optional = Boolean(options?.some((one) => one.type === "null"));
  const chosen = options?.find((one) => one.type !== "null") ?? described;
  const reference = typeof chosen.$ref === "string" ? chosen.$ref.split("/").at(-1) : undefined;
  return { plain: reference ? (root.$defs?.[reference] ?? chosen) : chosen, optional };
}

function kindOf(plain: Schema): Kind {
  if (plain.format === "password" || plain.writeOnly) return "secret";
  if (choicesOf(plain).length) return "choice";
  if (plain.type === "boolean") return "yes-no";
  if (plain.type === "integer" || plain.type === "number") return "number";
  if (plain.type === "array") return "list";
  if (plain.type === "object") return plain.properties ? "group" : "pairs";
  return typeof plain.pattern === "string" && plain.pattern.startsWith("^#[0-9a-f") ? "colour" : "text";
}

function choicesOf(plain: Schema): string[] {
  if ("const" in plain) return [String(plain.const)];
  return Array.isArray(plain.enum) ? plain.enum.map(String) : [];
}

function emptyOf(kind: Kind, optional: boolean): unknown {
  if (optional) return null;
  return { list: [], pairs: {}, group: {}, "yes-no": false, number: 0 }[kind as string] ?? "";
}

/** What a form begins with: what is stored, else the defaults; never a secret. */
export function valuesOf(fields: Field[], stored: Values): Values {
  return Object.fromEntries(
    fields.map((one) => {
      if (one.kind === "secret") return [one.name, ""];
      const value = stored[one.name] ?? one.initial;
      return [one.name, one.kind === "group" ? valuesOf(one.fields, (value ?? {}) as Values) : value];
    }),
  );
}

/** Only what differs. A secret that was left empty stays as it is. */
export function changed(fields: Field[], before: Values, after: Values): Values {
  const differing = fields.filter((one) => JSON.stringify(before[one.name]) !== JSON.stringify(after[one.name]));
  return Object.fromEntries(differing.map((one) => [one.name, sent(one, after[one.name])]));
}

function sent(one: Field, value: unknown): unknown {
  return one.optional && value === "" ? null : value;
}
