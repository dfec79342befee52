import { Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

/** A part of a call's page under its heading. */
export function Section({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h3" mb="xs">
        <span id={id}>{title}</span>
        {about && <Text span size="sm" c="dimmed" fw={400}>{" "}{about}</Text>}
      </Title>
      {children}
    </section>
  );
}
