/** Doing things: what is shown changes at once, and goes back with a notice where the server refuses. */
import { notifications } from "@mantine/notifications";
import { type QueryKey, type Updater, useMutation, useQueryClient } from "@tanstack/react-query";
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
  failed?: string | false;
};

/**
 * `const close = useAct((id: string) => client.PATCH(...), { guess, done: "Closed" }); close.mutate(id)`
 *
 * Guesses are for keys like `["get", "/api/tasks"]`; all answers whose keys begin so are changed, and asked for again.
 */
export function useAct<Input, Output>(run: (input: Input) => Promise<Output>, options: Options<Input, Output> = {}) {
  const queries = useQueryClient();
  return useMutation({
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
    onError: (error, _input, context) => {
      for (const [key, value] of context?.before ?? []) queries.setQueryData(key, value);
      if (options.failed !== false) complain(error, options.failed);
    },
    onSuccess: (output, input) => {
      const text = typeof options.done === "function" ? options.done(output) : options.done;
      if (text) notifications.show({ message: text });
      options.onDone?.(output, input);
    },
    onSettled: (_output, _error, _input, context) => {
      for (const { key } of context?.guesses ?? []) void queries.invalidateQueries({ queryKey: key });
    },
  });
}

/** A notice of what went wrong, in the server's words. */
export function complain(error: unknown, title = "That did not work"): void {
  notifications.show({ title, message: said(error), color: "red", autoClose: 8_000 });
}
