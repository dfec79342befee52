import { QueryClient } from "@tanstack/react-query";
import { Problem } from "~/api";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
    /** `live: false`: the screen follows changes by itself; "slow": renewed at most every 2 s. */
    queryMeta: { live?: false | "slow" };
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000, // the live stream tells what changed before that
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 3 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 8_000),
    },
    mutations: { retry: false },
  },
});
