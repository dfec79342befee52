import { ActionIcon, Group, Text, Title, Tooltip } from "@mantine/core";
import { Plus } from "lucide-react";
import type { ReactNode } from "react";

/** A part of the panel with its name; `add`: what the plus beside it does. */
export function Section({ title, add, children }: { title: string; add?: { label: string; onClick: () => void }; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb={4} mih={22}>
        <Title order={3} fz="xs" c="dimmed">
          {title}
        </Title>
        {add && (
          <Tooltip label={add.label}>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={add.label} onClick={add.onClick}>
              <Plus size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {children}
    </section>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}
