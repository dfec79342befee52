/** Whether the AI answers by itself. Switching it on shows first what that would do. */
import { Skeleton, Switch } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { api } from "~/api";
import { useIsAdmin } from "~/session";

const AutoModeDialog = lazy(() => import("./AutoModeDialog"));

export function AutoMode() {
  const { data: mode } = api.useQuery("get", "/api/settings/auto-mode");
  const isAdmin = useIsAdmin();
  const [wished, wish] = useState<boolean>();
  if (!mode) return <Skeleton height={20} width={124} radius="xl" />;
  return (
    <>
      <Switch
        checked={mode.enabled}
        disabled={!isAdmin}
        onChange={(event) => wish(event.currentTarget.checked)}
        label="Auto Mode"
        title={isAdmin ? undefined : "An admin switches it"}
        styles={{ label: { fontWeight: 500, whiteSpace: "nowrap" } }}
      />
      <Suspense>{wished !== undefined && <AutoModeDialog mode={mode} enabled={wished} close={() => wish(undefined)} />}</Suspense>
    </>
  );
}
