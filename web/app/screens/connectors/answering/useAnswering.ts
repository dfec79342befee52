/** Who answers on an account, and what agents and teams are called. */
import { useMemo } from "react";
import { api } from "~/api";
import { titleOf } from "~/screens/agents/words";
import type { Account } from "../health";
import { whoOf } from "./draft";

const MINUTE_MS = 60_000;

/** Hours begin and end by themselves: asked again each minute. */
export function useMappings(accountId: string) {
  return api.useQuery("get", "/api/accounts/{account_id}/mappings", { params: { path: { account_id: accountId } } }, { refetchInterval: MINUTE_MS });
}

export type Choice = { value: string; label: string; empty?: boolean };

export function useAnswerers() {
  const agents = api.useQuery("get", "/api/agents");
  const teams = api.useQuery("get", "/api/teams", { params: { query: { limit: 100 } } });
  return useMemo(() => {
    const ofAgents: Choice[] = (agents.data?.items ?? []).filter((one) => one.kind !== "supervisor").map((one) => ({ value: `agent:${one.name}`, label: titleOf(one), empty: !one.active }));
    const ofTeams: Choice[] = (teams.data?.items ?? []).map((one) => ({ value: `team:${one.id}`, label: one.name, empty: one.members.length === 0 }));
    const all = new Map([...ofAgents, ...ofTeams].map((one) => [one.value, one]));
    return { agents: ofAgents, teams: ofTeams, all, isReady: Boolean(agents.data && teams.data), error: agents.error ?? teams.error };
  }, [agents.data, teams.data, agents.error, teams.error]);
}

export type Answerers = ReturnType<typeof useAnswerers>;

/** "Front desk (team)", "Chat". */
export function nameIn(answerers: Answerers, who: string): string {
  const name = answerers.all.get(who)?.label ?? "somebody who is gone";
  return who.startsWith("team:") ? `${name} (team)` : name;
}

/** At times that no row covers. */
export function otherwiseIn(answerers: Answerers, account: Account): string {
  return account.agent ? nameIn(answerers, `agent:${account.agent}`) : "The supervisor decides";
}

export function nowIn(answerers: Answerers, account: Account, now: Parameters<typeof whoOf>[0] | null): string {
  return now ? nameIn(answerers, whoOf(now)) : otherwiseIn(answerers, account);
}
