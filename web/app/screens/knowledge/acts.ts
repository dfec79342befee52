/** What is done to sources, with what the lists will show of it at once. */
import { client } from "~/api";
import { type Guess, useAct } from "~/ui/act";
import type { Source } from "./sources";

type Stored = { items?: Source[]; pages?: { items: Source[] }[]; id?: string };

/** Changes one source wherever it is stored: in lists, in their pages, by itself. `null` takes it out of lists. */
function everywhere(id: string, patch: Partial<Source> | null): Guess[] {
  const each = (items: Source[]) => items.flatMap((one) => (one.id !== id ? [one] : patch ? [{ ...one, ...patch }] : []));
  const change = (stored: Stored | undefined): Stored | undefined => {
    if (!stored) return stored;
    if (stored.pages) return { ...stored, pages: stored.pages.map((page) => ({ ...page, items: each(page.items) })) };
    if (stored.items) return { ...stored, items: each(stored.items) };
    return stored.id === id && patch ? { ...stored, ...patch } : stored;
  };
  return [
    { key: ["get", "/api/knowledge"], change: change as Guess["change"] },
    { key: ["get", "/api/knowledge/{source_id}"], change: change as Guess["change"] },
  ];
}

export function useSwitchSource() {
  return useAct(({ id, enabled }: { id: string; enabled: boolean }) => client.PATCH("/api/knowledge/{source_id}", { params: { path: { source_id: id } }, body: { enabled } }), {
    failed: "It was not switched",
    guess: ({ id, enabled }) => everywhere(id, { enabled }),
  });
}

export function useVisit() {
  return useAct((id: string) => client.POST("/api/knowledge/{source_id}/visit", { params: { path: { source_id: id } } }), {
    guess: (id) => everywhere(id, { visit_began_at: new Date().toISOString(), visit_ended_at: null, visit_error: null }),
    failed: "It cannot be visited now",
  });
}

export function useRemoveSource(done: () => void) {
  return useAct((id: string) => client.DELETE("/api/knowledge/{source_id}", { params: { path: { source_id: id } } }), {
    failed: "The source stays",
    guess: (id) => everywhere(id, null),
    onDone: done,
    done: "Removed",
  });
}

export type Change = { title?: string; content?: string; language?: string; every_hours?: number; seen_at?: string };

export function useChangeSource(id: string, options: { done?: string; onDone?: () => void } = {}) {
  return useAct((body: Change) => client.PATCH("/api/knowledge/{source_id}", { params: { path: { source_id: id } }, body }), {
    failed: "It was not changed",
    guess: ({ title }) => everywhere(id, title ? { title } : {}),
    ...options,
  });
}
