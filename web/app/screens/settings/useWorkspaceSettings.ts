/** The workspace's settings, read and changed in parts. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { api, client, type Schemas } from "~/api";

const KEY = ["get", "/api/settings/workspace"];

export function useWorkspaceSettings() {
  return api.useQuery("get", "/api/settings/workspace");
}

export function useChangeSettings(onDone?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["WorkspaceChanges"]) => client.PATCH("/api/settings/workspace", { body }),
    onSuccess: async ({ data }) => {
      queries.setQueriesData({ queryKey: KEY }, data);
      await queries.invalidateQueries({ queryKey: ["get", "/api/me"] });
      notifications.show({ message: "Saved" });
      onDone?.();
    },
  });
}
