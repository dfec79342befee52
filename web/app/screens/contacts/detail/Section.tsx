import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./detail.module.css";

export function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <Group justify="space-between" mb={6} mih={22}>
        <Title order={2} className={classes.heading}>
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </section>
  );
}
