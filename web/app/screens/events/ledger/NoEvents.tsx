import { Anchor, Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ListTree } from "lucide-react";
import { api } from "~/api";
import { Empty } from "~/ui/states";

/** How the list comes to have something in it. */
export function NoEvents({ narrowed, clear }: { narrowed: boolean; clear: () => void }) {
  const accounts = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const mailbox = accounts.data?.items.find(({ channel, enabled }) => channel === "email" && enabled)?.address;
  if (narrowed) {
    return (
      <Empty icon={<ListTree size={28} />} title="Nothing fits these filters" action={<Button variant="default" onClick={clear}>Show everything</Button>}>
        Take one of them away to see more.
      </Empty>
    );
  }
  return (
    <Empty icon={<ListTree size={28} />} title="Nothing has arrived yet">
      {mailbox ? (
        <Text size="sm" c="inherit">
          Send a first mail to <strong>{mailbox}</strong>, or write in your chat: it stands here at once, with all that was done about it.
        </Text>
      ) : (
        <Text size="sm" c="inherit">
          <Anchor component={Link} to="/connectors" inherit underline="always">Connect a mailbox or a chat</Anchor>: what arrives there stands here at once, with all that was done about it.
        </Text>
      )}
    </Empty>
  );
}
