import { Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./page.module.css";

/** A screen with a title, its actions at the right, and content that scrolls. `wide`: content to the edges. */
export function Page({ title, about, actions, wide, children }: { title: string; about?: ReactNode; actions?: ReactNode; wide?: boolean; children: ReactNode }) {
  useDocumentTitle(`${title} · Dynaris`);
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <div>
          <Title order={1}>{title}</Title>
          {about && <Text size="sm" c="dimmed">{about}</Text>}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </header>
      <div className={wide ? classes.wide : classes.content}>{children}</div>
    </div>
  );
}
