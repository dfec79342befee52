import { Group, Text } from "@mantine/core";
import { ArrowRight } from "lucide-react";
import type { Schemas } from "~/api";
import { capital, FINE, toolName, WRONG } from "../words";
import { compared } from "./differences";
import classes from "./versions.module.css";

type Changed = Schemas["Difference"];
type Part = { title: string; text: string; priority: number; enabled: boolean };

/** One thing that is different: words by word, all else before and after. */
export function Difference({ difference }: { difference: Changed }) {
  const { field, item, before, after } = difference;
  const title = field === "components" ? item : item ? `${toolName(field)}: ${item}` : toolName(field);
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>{title}{before === null && item && <Text span c={FINE} size="xs"> new</Text>}{after === null && item && <Text span c={WRONG} size="xs"> removed</Text>}</Text>
      {field === "components" ? <Parts before={before as Part | null} after={after as Part | null} /> : <Values before={before} after={after} />}
    </div>
  );
}

function Parts({ before, after }: { before: Part | null; after: Part | null }) {
  const notes = [];
  if (before && after && before.enabled !== after.enabled) notes.push(after.enabled ? "switched on" : "switched off");
  if (before && after && before.priority !== after.priority) notes.push(`priority ${before.priority} to ${after.priority}`);
  return (
    <>
      {notes.length > 0 && <Text size="xs" c="dimmed" mb={4}>{capital(notes.join(", "))}</Text>}
      {before?.text !== after?.text && <Words before={before?.text ?? ""} after={after?.text ?? ""} />}
    </>
  );
}

function Values({ before, after }: { before: unknown; after: unknown }) {
  if ((typeof before === "string" || before === null) && (typeof after === "string" || after === null) && `${before}${after}`.length > 40)
    return <Words before={before ?? ""} after={after ?? ""} />;
  return (
    <Group gap={8} align="center">
      <Text size="sm" component="del" className={classes.gone}>{shown(before)}</Text>
      <ArrowRight size={14} aria-label="became" />
      <Text size="sm" component="ins" className={classes.new}>{shown(after)}</Text>
    </Group>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "default";
  if (Array.isArray(value)) return value.length ? value.join(", ") : "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Words({ before, after }: { before: string; after: string }) {
  return (
    <div className={classes.text}>
      {compared(before, after).map((piece, index) =>
        piece.kind === "gone" ? (
          <del key={index} className={classes.gone}>{piece.text}</del>
        ) : piece.kind === "new" ? (
          <ins key={index} className={classes.new}>{piece.text}</ins>
        ) : (
          <span key={index}>{piece.text}</span>
        ),
      )}
    </div>
  );
}
