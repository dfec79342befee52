import { useEffect, useRef } from "react";
import { PLACES } from "./navigation";

const TOGETHER_MS = 1_200;

/** Whether keys are being typed into something, and so are no shortcuts. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || event.ctrlKey || event.metaKey || event.altKey;
}

/** "g", then a place's letter. */
export function useGoKeys(go: (path: string) => void): void {
  const current = useRef(go);
  useEffect(() => {
    current.current = go;
  });
  useEffect(() => {
    let since = 0;
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const place = Date.now() - since < TOGETHER_MS && PLACES.find(({ key }) => key === event.key);
      since = event.key === "g" ? Date.now() : 0;
      if (place) {
        event.preventDefault();
        event.stopImmediatePropagation(); // the letter means something else on a screen
        current.current(place.path);
      }
    };
    window.addEventListener("keydown", pressed, true);
    return () => window.removeEventListener("keydown", pressed, true);
  }, []);
}
