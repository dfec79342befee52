/** What can be done with tasks and follow-ups, shown at once in every list that has them. */
import { client, type Schemas } from "~/api";
import { type Guess, useAct } from "~/ui/act";

export type Task = Schemas["Task"];
export type FollowUp = Schemas["FollowUp"];
type Changes = { status?: Task["status"]; due_at?: string | null; owner_id?: string | null; title?: string };
type Kept = { items?: Task[]; pages?: { items: Task[] }[] } | undefined;

/** Kept lists of tasks are keyed so, and by the address that changes name. */
export const TASKS = "tasks";

function changed(id: string, changes: Changes): Guess[] {
  const of = (task: Task): Task => (task.id === id ? { ...task, ...changes } : task);
  const change = (kept: Kept) => {
    if (kept?.pages) return { ...kept, pages: kept.pages.map((page) => ({ ...page, items: page.items.map(of) })) };
    return kept?.items && { ...kept, items: kept.items.map(of) };
  };
  return [TASKS, "get"].map((first) => ({ key: [first, "/api/tasks"], change }));
}

export function useChangeTask() {
  return useAct(
    async ({ id, changes }: { id: string; changes: Changes }) => {
      const { data } = await client.PATCH("/api/tasks/{task_id}", { params: { path: { task_id: id } }, body: changes as Schemas["TaskChanges"] });
      return data!;
    },
    { guess: ({ id, changes }) => changed(id, changes), failed: "The task was not changed" },
  );
}

export function useAddTask() {
  const renewed = (first: string): Guess => ({ key: [first, "/api/tasks"], change: (kept: unknown) => kept });
  return useAct(
    async (task: Omit<Schemas["NewTask"], "detail">) => {
      const { data } = await client.POST("/api/tasks", { body: { detail: "", ...task } });
      return data!;
    },
    { guess: () => [renewed(TASKS), renewed("get")], failed: "The task was not added" },
  );
}
