/** Doing things: what is shown changes at once, and goes back with a notice where the server refuses. */
import { notifications } from "@mantine/notifications";
import { hashKey, type MutateOptions, type QueryKey, type Updater, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { said } from "~/api";

/** What an action will make of a stored answer: a beginning of its key, and how it changes. */
export type Guess = { key: QueryKey; change: Updater<never, unknown> };

type Options<Input, Output> = {
  /** What the answers will be if all goes well. */
  guess?: (input: Input) => Guess[];
  /** Told once it is done. */
  done?: string | ((output: Output) => string | undefined);
  onDone?: (output: Output, input: Input) => void;
  /** Shown above the reason when it failed; `false`: the screen says it itself. */
  failed: string | false;
};

// The second press of a double click comes within this.
const AGAIN_MS = 400;

type Context = { before: [QueryKey, unknown][]; guesses: Guess[] };

/**
 * `const close = useAct((id: string) => client.PATCH(...), { guess, done: "Closed", failed: "It stays open" }); close.mutate(id)`
 *
 * Guesses are for keys like `["get", "/api/tasks"]`; all answers whose keys begin so are changed, and asked for again.
 *
 * A double click acts once: `mutate` with the input of the call before it does nothing while that call runs, and for a
 * moment after it began, unless it failed.
 */
export function useAct<Input, Output>(run: (input: Input) => Promise<Output>, options: Options<Input, Output>) {
  const queries = useQueryClient();
  const last = useRef<{ input: Input; at: number; running: boolean }>(null);
  const mutation = useMutation<Output, Error, Input, Context>({
    mutationFn: run,
    onMutate: async (input) => {
      const guesses = options.guess?.(input) ?? [];
      const before: [QueryKey, unknown][] = [];
      for (const { key, change } of guesses) {
        await queries.cancelQueries({ queryKey: key });
        before.push(...queries.getQueriesData({ queryKey: key }));
        queries.setQueriesData({ queryKey: key }, change as Updater<unknown, unknown>);
      }
      return { before, guesses };
    },
    onError: (error, input, context) => {
      if (last.current && last.current.input === input) last.current = null; // what failed may be tried again at once
      for (const [key, value] of context?.before ?? []) queries.setQueryData(key, value);
      if (options.failed !== false) complain(error, options.failed);
    },
    onSuccess: (output, input) => {
      const text = typeof options.done === "function" ? options.done(output) : options.done;
      if (text) notifications.show({ message: text });
      options.onDone?.(output, input);
    },
    onSettled: (_output, _error, input, context) => {
      if (last.current && last.current.input === input) last.current.running = false;
      for (const { key } of context?.guesses ?? []) void queries.invalidateQueries({ queryKey: key });
    },
  });
  const begin = mutation.mutate as (input: Input, then?: MutateOptions<Output, Error, Input, Context>) => void;
  const mutate = useCallback(
    (input: Input, then?: MutateOptions<Output, Error, Input, Context>) => {
      const before = last.current;
      const now = performance.now();
      if (before && (before.running || now - before.at < AGAIN_MS) && isSame(before.input, input)) return;
      last.current = { input, at: now, running: true };
      begin(input, then);
    },
    [begin],
  );
  return { ...mutation, mutate };
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one instanceof FormData || one instanceof Blob || other instanceof FormData || other instanceof Blob) return false;
  return hashKey([one]) === hashKey([other]);
}

/** A notice of what went wrong, in the server's words. */
export function complain(error: unknown, title: string): void {
  notifications.show({ title, message: said(error), color: "red", autoClose: 8_000 });
}
