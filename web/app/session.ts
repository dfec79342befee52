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

export async function enterWorkspace(id: string): Promise<void> {
  await client.POST("/api/session/workspace", { body: { workspace_id: id } });
  location.assign("/"); // nothing of the other workspace may stay in memory
}

export async function signOut(): Promise<void> {
  await client.POST("/api/auth/sign-out");
  location.assign("/sign-in");
}
