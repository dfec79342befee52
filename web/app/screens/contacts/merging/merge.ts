/** Making two contacts one, and parting them again. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";

export type Preview = Schemas["MergePreview"];
type Pair = { keep: string; drop: string };

export function usePreview({ keep, drop }: Pair) {
  return useQuery({
    queryKey: ["merge-preview", "/api/contacts/merge", keep, drop],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST("/api/contacts/merge", { body: { keep, drop, dry_run: true, reason: "preview" }, signal });
      return data as Preview;
    },
  });
}

/** By a pair that was proposed, with its reasons in the history; else by hand. */
export function useMerge(onDone: (mergeId: string, keep: string) => void) {
  const renew = useRenew();
  return useAct(
    async ({ keep, drop, duplicateId }: Pair & { duplicateId?: string }) => {
      const { data } = duplicateId
        ? await client.POST("/api/contacts/duplicates/{duplicate_id}/merge", { params: { path: { duplicate_id: duplicateId } }, body: { keep, dry_run: false } })
        : await client.POST("/api/contacts/merge", { body: { keep, drop, dry_run: false, reason: "merged by hand" } });
      return data as Schemas["Merge"];
    },
    {
      failed: "They were not merged",
      onDone: (merge) => {
        renew();
        onDone(merge.id, merge.keep);
      },
    },
  );
}

export function useUnmerge(onDone?: () => void) {
  const renew = useRenew();
  return useAct((mergeId: string) => client.POST("/api/contacts/merges/{merge_id}/undo", { params: { path: { merge_id: mergeId } } }), {
    done: "They are two contacts again",
    failed: "The merge was not undone",
    onDone: () => {
      renew();
      onDone?.();
    },
  });
}

/** Everything about contacts may be different. */
function useRenew(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ predicate: ({ queryKey }) => typeof queryKey[1] === "string" && /^\/api\/(contacts|tasks|conversations|bookings)/.test(queryKey[1]) });
}
