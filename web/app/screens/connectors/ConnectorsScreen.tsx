/** Where the business is reached and writes from: each account with how it is. */
import { Badge, Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Plug, Plus } from "lucide-react";
import { api } from "~/api";
import { useIsAdmin } from "~/session";
import { ChannelIcon, channelName } from "~/ui/channel";
import { Page } from "~/ui/page";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { type Account, HEALTH, healthOf } from "./health";
import classes from "./Connectors.module.css";

export function ConnectorsScreen() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const connect = isAdmin && (
    <Button component={Link} to="/connectors/new" leftSection={<Plus size={14} aria-hidden />}>
      Connect
    </Button>
  );
  return (
    <Page title="Connectors" about="Mailboxes, chat widgets, forms and other ways in." actions={connect} wide>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Lines />}
      {data && !data.items.length && (
        <Empty icon={<Plug size={26} />} title="Nothing is connected yet" action={connect}>
          Connect a mailbox or put a chat widget on your web site, and what people write comes in here.
        </Empty>
      )}
      {data?.items.map((account) => <Row key={account.id} account={account} />)}
    </Page>
  );
}

function Row({ account }: { account: Account }) {
  const health = HEALTH[healthOf(account)];
  const trouble = account.error ?? account.send_error;
  return (
    <Link to="/connectors/$accountId" params={{ accountId: account.id }} className={classes.row}>
      <ChannelIcon channel={account.channel} size={18} />
      <div className={classes.words}>
        <Text size="sm" fw={600} truncate>{account.name}</Text>
        <Text size="xs" c={trouble ? "var(--mantine-color-error)" : "dimmed"} lineClamp={2} className={classes.wrap}>{trouble ?? channelName(account.channel)}</Text>
      </div>
      <Text size="xs" c="dimmed" className={classes.when}>{account.last_event_at ? <>Last message <Ago at={account.last_event_at} /></> : "Nothing came in yet"}</Text>
      <Badge color={health.color}>{health.name}</Badge>
    </Link>
  );
}
