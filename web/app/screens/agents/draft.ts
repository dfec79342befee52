/** What is being edited: the saved settings with the changes that nobody saved yet. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, Problem } from "~/api";
import { complain } from "~/ui/act";
import type { AgentDetail, Settings } from "./words";

export type Draft = {
  /** As they would be saved. */
  settings: Settings;
  isDirty: boolean;
  isSaving: boolean;
  /** Somebody else's change came between. */
  conflict: Problem | null;
  set: (changes: Partial<Settings>) => void;
  discard: () => void;
  save: (over?: boolean) => Promise<void>;
};

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export function useDraft(agent: AgentDetail): Draft {
  const queries = useQueryClient();
  const [edited, setEdited] = useState<{ from: number; changes: Partial<Settings> }>({ from: agent.version, changes: {} });
  const [isSaving, setSaving] = useState(false);
  const [conflict, setConflict] = useState<Problem | null>(null);
  const saved = agent.settings as Settings;
  const changes = Object.fromEntries(
    Object.entries(edited.changes).filter(([field, value]) => !same(value, saved[field as keyof Settings])),
  ) as Partial<Settings>;
  const isDirty = Object.keys(changes).length > 0;
  const key = ["get", "/api/agents/{agent}", { params: { path: { agent: agent.name } } }];

  async function save(over = false) {
    setSaving(true);
    const before = queries.getQueryData(key);
    queries.setQueryData(key, { ...agent, settings: { ...saved, ...changes } });
    try {
      const { data } = await client.PATCH("/api/agents/{agent}", {
        params: { path: { agent: agent.name }, query: over ? {} : { version: isDirty ? edited.from : agent.version } },
        body: changes,
      });
      queries.setQueryData(key, data);
      // what was typed while it was saved stays to be saved
      setEdited((was) => ({
        from: data!.version,
        changes: Object.fromEntries(Object.entries(was.changes).filter(([field, value]) => !same(value, changes[field as keyof Settings]))),
      }));
      setConflict(null);
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents"] });
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents/{agent}/versions"] });
    } catch (error) {
      queries.setQueryData(key, before);
      if (error instanceof Problem && error.status === 409 && typeof error.more.version === "number") {
        setConflict(error);
        void queries.invalidateQueries({ queryKey: key });
      } else complain(error, "The agent was not saved");
    } finally {
      setSaving(false);
    }
  }

  return {
    settings: { ...saved, ...changes },
    isDirty,
    isSaving,
    conflict,
    set: (more) => setEdited((was) => ({ from: isDirty ? was.from : agent.version, changes: { ...was.changes, ...more } })),
    discard: () => {
      setEdited({ from: agent.version, changes: {} });
      setConflict(null);
    },
    save,
  };
}
