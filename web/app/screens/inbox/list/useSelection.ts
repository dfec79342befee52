import { useCallback, useEffect, useRef, useState } from "react";
import type { Line } from "../queues";

const MOST = 100; // of a bulk action

/** Which conversations are selected. With `range`, also those between the last one that was chosen and this one. */
export function useSelection(lines: readonly Line[], list: string) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const current = useRef(lines);
  useEffect(() => {
    current.current = lines;
  });
  const clear = useCallback(() => setSelected((before) => (before.size ? new Set() : before)), []);
  useEffect(clear, [list, clear]);
  const select = useCallback((id: string, range: boolean) => {
    const ids = current.current.map((line) => line.id);
    const [from, to] = [ids.indexOf(last.current ?? ""), ids.indexOf(id)].sort((a, b) => a - b) as [number, number];
    const wanted = range && from >= 0 ? ids.slice(from, to + 1) : [id];
    last.current = id;
    setSelected((before) => {
      const after = new Set(before);
      if (before.has(id) && wanted.length === 1) after.delete(id);
      else for (const each of wanted) if (after.size < MOST) after.add(each);
      return after;
    });
  }, []);
  return { selected, select, clear };
}
