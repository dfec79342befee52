import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Phone } from "lucide-react";
import { api } from "~/api";
import { useIsAdmin } from "~/session";
import { Lines } from "~/ui/lines";
import { Empty } from "~/ui/states";

/** How the list comes to have something in it. */
export function NoCalls({ narrowed, clear }: { narrowed: boolean; clear: () => void }) {
  const isAdmin = useIsAdmin();
  const accounts = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  if (narrowed) {
    return (
      <Empty icon={<Phone size={28} />} title="No call fits these filters" action={<Button variant="default" onClick={clear}>Show every call</Button>}>
        Take one of them away to see more.
      </Empty>
    );
  }
  if (accounts.isPending) return <Lines />;
  const number = accounts.data?.items.find(({ channel, enabled }) => channel.startsWith("voice_") && enabled)?.address;
  if (number) {
    return (
      <Empty icon={<Phone size={28} />} title="Nobody has called yet">
        Call <strong>{number}</strong>: it stands here while it rings, and what is said can be read as it is said.
      </Empty>
    );
  }
  const connect = <Button renderRoot={(props) => <Link to="/connectors/new" search={{ channel: "voice_twilio" }} {...props} />}>Connect a number</Button>;
  return (
    <Empty icon={<Phone size={28} />} title="No calls yet" action={isAdmin && connect}>
      {isAdmin ? "Connect" : "An admin connects"} a telephone number: an agent answers it by voice, with what it knows in writing.
    </Empty>
  );
}
