/** A part of a section, and the foot of a form in it. */
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { said } from "~/api";

export function Part({ title, about, action, flush, children }: { title: string; about?: ReactNode; action?: ReactNode; flush?: boolean; children?: ReactNode }) {
  return (
    <section aria-label={title} style={{ marginBottom: 28 }}>
      <Group justify="space-between" align="flex-end" mb="xs" wrap="nowrap">
        <div>
          <Title order={2} size="h3">{title}</Title>
          {about && <Text size="sm" c="dimmed" component="div">{about}</Text>}
        </div>
        {action && <div style={{ flex: "none" }}>{action}</div>}
      </Group>
      {children && <Card withBorder padding={flush ? 0 : "md"} bg="var(--dyn-surface)">{children}</Card>}
    </section>
  );
}

type FormProps = { onSubmit: () => void; error?: unknown; busy: boolean; isChanged: boolean; discard?: () => void; action?: string; readOnly?: boolean; children: ReactNode };

/** Fields with their button; who may not change them sees them, and why there is no button. */
export function Form({ onSubmit, error, busy, isChanged, discard, action = "Save", readOnly, children }: FormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isChanged && !readOnly) onSubmit();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {Boolean(error) && <Alert color="red" title="Nothing was changed">{said(error)}</Alert>}
        <fieldset disabled={readOnly} style={{ all: "unset", display: "contents" }}>{children}</fieldset>
        {readOnly ? (
          <Text size="sm" c="dimmed">An admin of the workspace changes this.</Text>
        ) : (
          <Group>
            <Button type="submit" size="sm" loading={busy} disabled={!isChanged}>{action}</Button>
            {discard && isChanged && <Button size="sm" variant="default" onClick={discard}>Discard</Button>}
          </Group>
        )}
      </Stack>
    </form>
  );
}
