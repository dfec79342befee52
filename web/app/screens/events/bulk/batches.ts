/** Many events brought back to the agents at once. */
import { api, client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";

export type Batch = Schemas["Batch"];
export type Wanted = { event_ids: string[] } | { filter: Record<string, string> };

const LATEST = { params: { query: { limit: 1 } } } as const;
const FOLLOWED_MS = 700; // single events of a batch are not told by the live stream

export function useStartBatch(onDone?: () => void) {
  return useAct(
    // the route takes signed events, too, so its answer is one of two
    async (body: Wanted) => (await client.POST("/api/process-events", { body: body as never })).data as Batch,
    { failed: "The batch was not started", onDone, guess: () => [{ key: ["get", "/api/process-events"], change: (before: never) => before }] },
  );
}

export function useLatestBatch() {
  return api.useQuery("get", "/api/process-events", LATEST);
}

export function useBatch(id: string, running: boolean) {
  return api.useQuery("get", "/api/process-events/{batch_id}", { params: { path: { batch_id: id } } }, { refetchInterval: running ? FOLLOWED_MS : false });
}
