import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import { SHORTCUTS } from "./keys";

export default function Shortcuts({ close }: { close: () => void }) {
  return (
    <Modal opened onClose={close} title="Keyboard shortcuts of the inbox" size="sm">
      <Stack gap={6}>
        {SHORTCUTS.map(([keys, what]) => (
          <Group key={what} justify="space-between" wrap="nowrap">
            <Text size="sm">{what}</Text>
            <Group gap={4} wrap="nowrap">
              {keys.map((key) => (
                <Kbd key={key} size="xs">
                  {key}
                </Kbd>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
