import { useEffect, useRef, useSyncExternalStore } from "react";
import { live, type Change, type LiveState } from "~/live/stream";

/** Whether what is shown follows what happens. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.onState, () => live.state);
}

/** Calls `handler` with each change of these kinds, and with `reset`: then anything may have changed. */
export function useLiveChange(kinds: readonly string[], handler: (change: Change) => void): void {
  const current = useRef(handler);
  useEffect(() => {
    current.current = handler;
  });
  const wanted = kinds.join(",");
  useEffect(() => {
    const list = wanted.split(",");
    return live.onChange((change) => {
      if (change.kind === "reset" || list.includes(change.kind)) current.current(change);
    });
  }, [wanted]);
}
