/** The inbox by keyboard. */
import { useEffect, useRef } from "react";
import { isTyping } from "~/shell/keys";

export type Doing = "claim" | "assign" | "snooze" | "close" | "tag";

export const SHORTCUTS: readonly [keys: string[], what: string][] = [
  [["j", "↓"], "Next conversation"],
  [["k", "↑"], "Previous conversation"],
  [["Enter"], "Open it"],
  [["c"], "Claim: you answer instead of the AI"],
  [["r"], "Write a reply"],
  [["n"], "Write a note"],
  [["Ctrl", "Enter"], "Send it"],
  [["y"], "To what the AI asks: Enter is yes, e edits, x rejects"],
  [["a"], "Assign to a teammate or team"],
  [["s"], "Snooze"],
  [["e"], "Close, or open again"],
  [["t"], "Tags"],
  [["x"], "Select, for several at once"],
  [["p"], "Show or hide the contact"],
  [["/"], "Search"],
  [["Esc"], "Select none, or back to the list"],
  [["g", "i"], "The inbox, from anywhere"],
  [["?"], "These shortcuts"],
];

const DOING: Record<string, Doing> = { c: "claim", a: "assign", s: "snooze", e: "close", t: "tag" };

export type KeyActions = {
  step: (by: 1 | -1) => void;
  act: (what: Doing) => void;
  select: () => void;
  togglePanel: () => void;
  search: () => void;
  leave: () => void;
  help: () => void;
};

/** `busy`: a dialog is open, or on its way, and has the keys. */
export function useInboxKeys(actions: KeyActions, busy: boolean): void {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    if (busy) return;
    // A layer that closes at the key is gone before this hears of it: whether one was open is looked at first.
    let layered = false;
    const look = () => {
      layered = document.querySelector('[role="dialog"], [role="menu"]') !== null;
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event) || layered) return;
      const doing = DOING[event.key];
      const inList = event.target instanceof Element && event.target.closest("[data-row]") !== null;
      if (doing) current.current.act(doing);
      else if (event.key === "j" || (event.key === "ArrowDown" && inList)) current.current.step(1);
      else if (event.key === "k" || (event.key === "ArrowUp" && inList)) current.current.step(-1);
      else if (event.key === "x") current.current.select();
      else if (event.key === "p") current.current.togglePanel();
      else if (event.key === "/") current.current.search();
      else if (event.key === "Escape") current.current.leave();
      else if (event.key === "?") current.current.help();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", look, true);
    window.addEventListener("keydown", pressed);
    return () => {
      window.removeEventListener("keydown", look, true);
      window.removeEventListener("keydown", pressed);
    };
  }, [busy]);
}
