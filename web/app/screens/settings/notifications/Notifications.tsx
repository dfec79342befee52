/** How you are told what needs you: topic by topic, at which hours, in this browser; and where your colleagues are told. */
import { Button } from "@mantine/core";
import { Send } from "lucide-react";
import { api, client } from "~/api";
import { useIsAdmin, useMe } from "~/session";
import { useAct } from "~/ui/act";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "../Part";
import { Preferences } from "./Preferences";
import { ThisBrowser } from "./ThisBrowser";
import { Workspace } from "./Workspace";

export default function Notifications() {
  const me = useMe();
  const isAdmin = useIsAdmin();
  const isMember = Boolean(me.data?.member);
  const { data, error, refetch } = api.useQuery("get", "/api/me/notification-preferences", {}, { enabled: isMember });
  const test = useAct(() => client.POST("/api/me/notifications/test"), { failed: "The test was not sent", done: "Sent: it comes by every way that is on for tests" });
  if (me.data && !isMember) return <Empty title="Nothing is told to visitors">Members of the workspace choose here how they are told.</Empty>;
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  return (
    <>
      <Part
        title="This browser"
        about="Notifications on this device, also while Dynaris is not open."
        action={<Button size="xs" variant="default" leftSection={<Send size={14} aria-hidden />} loading={test.isPending} onClick={() => test.mutate(undefined)}>Send me a test</Button>}
      >
        <ThisBrowser browsers={data.browsers} />
      </Part>
      <Preferences stored={data} />
      {isAdmin && <Workspace />}
    </>
  );
}
