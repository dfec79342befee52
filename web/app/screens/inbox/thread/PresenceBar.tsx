/** Who else is here, in a word. */
import { Text } from "@mantine/core";
import { Eye } from "lucide-react";
import type { Schemas } from "~/api";
import classes from "./thread.module.css";

type Present = Schemas["Present"];

export function PresenceBar({ others, typing, contactTypes, contact }: { others: Present[]; typing: Present[]; contactTypes: boolean; contact: string }) {
  const said = [contactTypes && `${contact} is typing…`, typing.length > 0 && `${names(typing)} ${typing.length > 1 ? "are" : "is"} typing…`, watching(others, typing)].filter(Boolean);
  return (
    <div className={classes.presence} role="status">
      {others.length > 0 && <Eye size={13} aria-hidden />}
      <Text size="xs" c="dimmed" span truncate>
        {said.join(" · ")}
      </Text>
    </div>
  );
}

function watching(others: Present[], typing: Present[]): string | false {
  const only = others.filter((one) => !typing.includes(one));
  return only.length > 0 && `${names(only)} ${only.length > 1 ? "are" : "is"} here too`;
}

function names(all: Present[]): string {
  return new Intl.ListFormat("en").format(all.map(({ name }) => name));
}
