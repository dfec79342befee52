/** What people have to do: mine, my team's, everybody's; what is due first. */
import { Button, Kbd, SegmentedControl, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { CheckSquare } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef } from "react";
import { client } from "~/api";
import { isTyping } from "~/shell/keys";
import { Page } from "~/ui/page";
import { Empty, Failed, Lines } from "~/ui/states";
import { usePages } from "../contacts/parts/data";
import { AddTask } from "../contacts/parts/TaskList";
import { type Task, TASKS } from "../contacts/parts/tasks";
import { grouped } from "./groups";
import { Row } from "./Row";
import type { View } from "./search";
import classes from "./tasks.module.css";

const TaskDialog = lazy(() => import("./TaskDialog"));
const route = getRouteApi("/shell/tasks");

function useTasks({ whose, which }: View) {
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 0);
  const query = {
    whose: whose === "all" ? undefined : (whose ?? ("mine" as const)),
    status: which === "done" ? ("done" as const) : ("open" as const),
    sort: which === "done" ? ("created" as const) : ("due" as const),
    due_to: which === "due" ? midnight.toISOString() : undefined,
  };
  return usePages<Task>([TASKS, "/api/tasks", query], async (cursor, signal) => {
    const { data } = await client.GET("/api/tasks", { params: { query: { ...query, cursor, limit: 50 } }, signal });
    return data!;
  });
}

export function TasksScreen() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { items, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useTasks(view);
  const groups = useMemo(() => (view.which === "done" ? [{ label: "Done", late: false, tasks: items }] : grouped(items)), [items, view.which]);
  const box = useRef<HTMLDivElement>(null);
  useKeys(box);
  const go = (changes: Partial<View>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  return (
    <Page
      title="Tasks"
      wide
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label="Whose"
            data={[
              { value: "mine", label: "Mine" },
              { value: "team", label: "The team's" },
              { value: "all", label: "Everybody's" },
            ]}
            value={view.whose ?? "mine"}
            onChange={(whose) => go({ whose: whose === "mine" ? undefined : (whose as View["whose"]) })}
          />
          <SegmentedControl
            size="xs"
            aria-label="Which"
            data={[
              { value: "open", label: "Open" },
              { value: "due", label: "Due" },
              { value: "done", label: "Done" },
            ]}
            value={view.which ?? "open"}
            onChange={(which) => go({ which: which === "open" ? undefined : (which as View["which"]) })}
          />
        </>
      }
    >
      <div ref={box} className={classes.screen}>
        <div className={classes.add}>
          <AddTask />
        </div>
        {isPending ? (
          <Lines count={6} height={34} />
        ) : error && !items.length ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !items.length ? (
          <Empty icon={<CheckSquare size={28} />} title={view.which === "done" ? "Nothing is done yet" : "Nothing to do"}>
            {view.which === "due" ? "Nothing is due today, and nothing is late." : "Agents add tasks where a person is needed, and people add them here, in a conversation, or with a contact."}
          </Empty>
        ) : (
          groups.map(({ label, late, tasks }) => (
            <section key={label} aria-label={label}>
              <Title order={2} className={classes.group} data-late={late || undefined}>
                {label} <span>{tasks.length}</span>
              </Title>
              <ul className={classes.list}>
                {tasks.map((task) => (
                  <Row key={task.id} task={task} showOwner={view.whose !== undefined} open={() => go({ task: task.id })} />
                ))}
              </ul>
            </section>
          ))
        )}
        {hasNextPage && (
          <Button variant="default" fullWidth mt="md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            More
          </Button>
        )}
        <Text size="xs" c="dimmed" mt="lg" visibleFrom="sm">
          <Kbd size="xs">n</Kbd> new · <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> up and down · <Kbd size="xs">x</Kbd> done · <Kbd size="xs">Enter</Kbd> open
        </Text>
      </div>
      <Suspense>{view.task && <TaskDialog taskId={view.task} close={() => go({ task: undefined })} />}</Suspense>
    </Page>
  );
}

/** j and k go from task to task, x marks one as done, n begins a new one. */
function useKeys(box: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((isTyping(event) && !(event.target as HTMLElement).matches("[type=checkbox]")) || document.querySelector("[role=dialog],[role=menu]")) return;
      const lines = [...(box.current?.querySelectorAll<HTMLElement>("[data-task]") ?? [])];
      const at = lines.findIndex((line) => line.contains(document.activeElement));
      const step = event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
      if (event.key === "n") box.current?.querySelector("input")?.focus();
      else if (step) lines[Math.max(0, Math.min(lines.length - 1, at + step))]?.querySelector("button")?.focus();
      else if (event.key === "x" && at >= 0) lines[at]!.querySelector<HTMLInputElement>("[type=checkbox]")?.click();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [box]);
}
