import { type MouseEvent, type ReactNode, useEffect, useRef } from "react";
import classes from "./Shell.module.css";

/** A panel from the left on small screens: the browser's own dialog keeps the focus inside and closes on Escape. */
export function Drawer({ opened, close, label, children }: { opened: boolean; close: () => void; label: string; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (opened) dialog.current?.showModal();
    else dialog.current?.close();
  }, [opened]);
  const outside = (event: MouseEvent) => event.target === dialog.current && close();
  return (
    <dialog ref={dialog} className={classes.drawerFrame} aria-label={label} onClose={close} onClick={outside}>
      {opened && <div className={classes.drawer}>{children}</div>}
    </dialog>
  );
}
