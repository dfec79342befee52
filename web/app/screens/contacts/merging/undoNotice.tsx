import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";

/** Said after something that can be taken back, with a button for it. */
export function undoNotice(message: string, undo: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        {message}
        <Button
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    autoClose: 15_000,
  });
}
