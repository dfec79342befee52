import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";

/** Something that was done, and what one may want to do about it. */
export function NoticeWith({ action, onAction, children }: { action: string; onAction: () => void; children: ReactNode }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      {children}
      <Button variant="default" onClick={onAction}>
        {action}
      </Button>
    </Group>
  );
}

/** Said after something that can be taken back, with a button for it. */
export function undoNotice(message: string, undo: () => void): void {
  const takeBack = () => {
    notifications.hide(id);
    undo();
  };
  const id = notifications.show({ message: <NoticeWith action="Undo" onAction={takeBack}>{message}</NoticeWith>, autoClose: 15_000 });
}
