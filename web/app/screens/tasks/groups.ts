import type { Task } from "../contacts/parts/tasks";

export type Group = { label: string; late: boolean; tasks: Task[] };

/** By when they are due, as people think of it. */
export function grouped(tasks: readonly Task[], now = new Date()): Group[] {
  const day = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).getTime();
  const ends: [label: string, until: number][] = [
    ["Overdue", now.getTime()],
    ["Today", day(1)],
    ["Tomorrow", day(2)],
    ["Within a week", day(8)],
    ["Later", Infinity],
  ];
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const due = task.due_at ? new Date(task.due_at).getTime() : undefined;
    const label = due === undefined ? "Without a date" : ends.find(([, until]) => due < until)![0];
    groups.set(label, [...(groups.get(label) ?? []), task]);
  }
  return [...groups].map(([label, found]) => ({ label, late: label === "Overdue", tasks: found }));
}
