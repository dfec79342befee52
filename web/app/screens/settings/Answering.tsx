/** Who answers where, and who does now: each account on which something comes in. */
import { Anchor, Badge, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Split } from "lucide-react";
import { api } from "~/api";
import { hoursInWords, whoOf } from "~/screens/connectors/answering/draft";
import { type Answerers, nameIn, nowIn, otherwiseIn, useAnswerers, useMappings } from "~/screens/connectors/answering/useAnswering";
import type { Account } from "~/screens/connectors/health";
import { ChannelIcon } from "~/ui/channel";
import { Empty, Failed, Lines } from "~/ui/states";
import { Part } from "./Part";
import classes from "./Settings.module.css";

export default function Answering() {
  const { data, error, refetch } = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const toolkits = api.useQuery("get", "/api/integrations/toolkits");
  const answerers = useAnswerers();
  const failed = error ?? toolkits.error ?? answerers.error;
  const isReady = data && toolkits.data && answerers.isReady;
  const tellOurs = new Set(toolkits.data?.items.filter((one) => one.members_only).map((one) => one.name));
  const accounts = data?.items.filter((one) => one.enabled && !tellOurs.has(one.channel)) ?? [];
  return (
    <Part title="Who answers" flush about="An AI agent or a team for each number, mailbox and chat, with hours; where nobody is named, the supervisor chooses an agent.">
      {failed && !isReady ? (
        <Failed error={failed} retry={() => void refetch()} />
      ) : !isReady ? (
        <Lines count={3} />
      ) : accounts.length ? (
        accounts.map((account) => <Row key={account.id} account={account} answerers={answerers} />)
      ) : (
        <Empty icon={<Split size={22} />} title="Nothing is connected yet" action={<Anchor renderRoot={(props) => <Link to="/connectors" {...props} />} size="sm">Connectors</Anchor>}>
          Once a number, a mailbox or a chat is connected, its agent or team is chosen here.
        </Empty>
      )}
    </Part>
  );
}

function Row({ account, answerers }: { account: Account; answerers: Answerers }) {
  const { data, error } = useMappings(account.id);
  return (
    <div className={classes.row}>
      <ChannelIcon channel={account.channel} size={18} />
      <div className={classes.words}>
        <Anchor renderRoot={(props) => <Link to="/connectors/$accountId" params={{ accountId: account.id }} {...props} />} size="sm" fw={600} c="inherit">{account.name}</Anchor>
        {data?.items.map((one, place) => <Text key={place} size="sm" c="dimmed">{nameIn(answerers, whoOf(one))}: {hoursInWords(one.hours)}</Text>)}
        {data && data.items.length > 0 && <Text size="sm" c="dimmed">{otherwiseIn(answerers, account)}: at all other times</Text>}
      </div>
      {data && <Badge color="teal">Now: {nowIn(answerers, account, data.now)}</Badge>}
      {!data && error && <Text size="sm" c="var(--mantine-color-error)">It could not be read</Text>}
    </div>
  );
}
