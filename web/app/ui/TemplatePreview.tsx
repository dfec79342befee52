/** A template as the contact reads it, with what stands in its gaps. */
import { Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import type { Schemas } from "~/api";
import classes from "./TemplatePreview.module.css";

type Template = Pick<Schemas["TemplateView"], "header" | "body" | "footer" | "buttons">;

/** `filled` by the gap's name: "body.1"; a gap without stands there as the provider writes it. */
export function TemplatePreview({ template, filled }: { template: Template; filled: Record<string, ReactNode> }) {
  return (
    <div className={classes.preview} role="group" aria-label="How it reads">
      {template.header && <Text size="sm" fw={600} component="div">{put(template.header, "header", filled)}</Text>}
      {!template.header && filled.header && <Text size="sm" c="dimmed" component="div">{filled.header}</Text>}
      <Text size="sm" className={classes.words} component="div">{put(template.body, "body", filled)}</Text>
      {template.footer && <Text size="xs" c="dimmed">{template.footer}</Text>}
      {template.buttons.length > 0 && <Text size="xs" c="dimmed">{template.buttons.map((each) => `[${each}]`).join(" ")}</Text>}
    </div>
  );
}

function put(text: string, place: string, filled: Record<string, ReactNode>): ReactNode {
  // Every second piece is a gap's name.
  return text.split(/\{\{\s*(\w+)\s*\}\}/).map((piece, index) => <Fragment key={index}>{index % 2 ? (filled[`${place}.${piece}`] ?? `{{${piece}}}`) : piece}</Fragment>);
}
