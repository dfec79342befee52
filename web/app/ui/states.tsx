/** What a list shows while it has nothing to show. */
import { Alert, Button, Center, Stack, Text, Title } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Problem, said } from "~/api";

export { Lines } from "~/ui/lines";

/** Nothing there: what would stand here, and how it comes about. */
export function Empty({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center p="xl" mih={220}>
      <Stack align="center" gap="xs" maw={420} ta="center">
        {icon && <Text c="dimmed" component="span" aria-hidden>{icon}</Text>}
        <Title order={2} size="h3">{title}</Title>
        {children && <Text size="sm" c="dimmed" component="div">{children}</Text>}
        {action}
      </Stack>
    </Center>
  );
}

/** Whether there is none: also what is no id at all. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 404 || error.status === 422);
}

/** It could not be read. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const denied = error instanceof Problem && error.status === 403;
  return (
    <Alert m="md" color={denied ? "gray" : "red"} icon={<CircleAlert size={18} />} title={denied ? "Not for your role" : "This could not be read"}>
      <Text size="sm">{said(error)}</Text>
      {retry && !denied && (
        <Button mt="sm" variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
