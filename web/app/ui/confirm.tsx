import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

type Props = {
  opened: boolean;
  close: () => void;
  title: string;
  children?: ReactNode;
  /** The verb on the button: "Delete", "Merge". */
  action: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
};

/** A question before something that is hard to take back. */
export function Confirm({ opened, close, title, children, action, danger, busy, onConfirm }: Props) {
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <Stack>
        {children && <Text size="sm" component="div">{children}</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button color={danger ? "red" : undefined} loading={busy} onClick={onConfirm} data-autofocus>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
