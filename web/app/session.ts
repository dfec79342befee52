/** Who is signed in, and where. */
import { api, client, type Schemas } from "~/api";

export type Me = Schemas["Me"];

export function useMe() {
  return api.useQuery("get", "/api/me", {}, { staleTime: 300_000 });
}

/** Whether the signed-in person may change how the workspace works. */
export function useIsAdmin(): boolean {
  const { data } = useMe();
  return data !== undefined && data.role !== "teammate";
}

// A browser has one session for all its tabs.
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("dynaris-session") : null;
tabs?.addEventListener("message", () => location.assign("/"));

/** In every tab: nothing of where one was may stay in memory. */
function leave(): void {
  tabs?.postMessage("left");
  location.assign("/");
}

export async function enterWorkspace(id: string): Promise<void> {
  await client.POST("/api/session/workspace", { body: { workspace_id: id } });
  leave();
}

export async function signOut(): Promise<void> {
  await client.POST("/api/auth/sign-out");
  leave();
}
