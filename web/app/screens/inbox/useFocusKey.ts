import { type RefObject, useEffect } from "react";

/** "y" from anywhere on the screen leads to the button; Enter then says yes. */
export function useFocusKey(button: RefObject<HTMLButtonElement | null>): void {
  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (!button.current || event.key !== "y" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || target.matches("input, textarea, [contenteditable]")) return;
      event.preventDefault();
      button.current.focus();
      button.current.scrollIntoView({ block: "nearest" });
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [button]);
}
