/** What the address of the tasks says: whose, which, and the one that is open. */
const WHOSE = ["team", "all"] as const;
const WHICH = ["due", "done"] as const;
export type View = { whose?: (typeof WHOSE)[number]; which?: (typeof WHICH)[number]; task?: string };

export function checkedView(search: Record<string, unknown>): View {
  const view: View = {
    whose: WHOSE.find((one) => one === search.whose),
    which: WHICH.find((one) => one === search.which),
    task: typeof search.task === "string" && /^[0-9a-f-]{36}$/i.test(search.task) ? search.task : undefined,
  };
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as View;
}
