import type { Kept, Store } from "./shell";

function newSession(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

/** In `localStorage`; in memory where a page may not use that. */
export function storeOf(key: string): Store {
  const name = `dynaris:${key}`;
  const listeners: (() => void)[] = [];
  let kept: Kept | null = null;

  const read = (): Kept | null => {
    try {
      const found = JSON.parse(localStorage.getItem(name) ?? "null") as Kept | null;
      return typeof found?.session === "string" ? found : null;
    } catch {
      return null;
    }
  };
  const write = (value: Kept) => {
    kept = value;
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // full or forbidden: this page goes by its memory
    }
  };
  const get = (): Kept => {
    const value = read() ?? kept;
    if (value) return (kept = value);
    const fresh = { session: newSession() };
    write(fresh);
    return fresh;
  };
  addEventListener("storage", (event) => {
    if (event.key === name) for (const listener of listeners) listener();
  });
  return {
    get,
    set: (change) => write({ ...get(), ...change }),
    renew: () => write({ session: newSession(), sound: get().sound }),
    onChange: (listener) => void listeners.push(listener),
  };
}
