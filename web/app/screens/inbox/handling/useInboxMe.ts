import { useMemo } from "react";
import { api } from "~/api";
import { useMe } from "~/session";
import type { Me } from "../queues";

/** Whose inbox it is: the signed-in member and the teams they are in. */
export function useInboxMe(): Me & { name: string } {
  const { data: me } = useMe();
  const { data: teams } = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } }, { staleTime: 300_000 });
  return useMemo(() => {
    const memberId = me?.member?.id;
    const teamIds = (teams?.items ?? []).filter(({ members }) => members.some(({ id }) => id === memberId)).map(({ id }) => id);
    return { memberId, teamIds, name: me?.member?.name ?? "You" };
  }, [me, teams]);
}
