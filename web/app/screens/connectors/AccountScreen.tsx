/** One account: how it is, whose its address is, its settings, and what other systems are told. */
import { Anchor, Badge, Button, Card, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { PlugZap, RefreshCw, Trash2 } from "lucide-react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { channelName } from "~/ui/channel";
import { Confirm } from "~/ui/confirm";
import { Copyable } from "~/ui/Copyable";
import { Page } from "~/ui/page";
import { Empty, Failed, isGone, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { StateMark } from "~/screens/onboarding/StateMark";
import { AnsweringCard } from "./answering/AnsweringCard";
import { type Account, HEALTH, healthOf } from "./health";
import { Proof } from "./Proof";
import { SettingsCard, toSettings } from "./SettingsCard";
import { Snippet } from "./Snippet";
import classes from "./Connectors.module.css";

export function AccountScreen() {
  const { accountId } = useParams({ from: "/shell/connectors/$accountId" });
  const { data, error, refetch } = api.useQuery("get", "/api/accounts/{account_id}", { params: { path: { account_id: accountId } } });
  return (
    <Page title={data?.name ?? "Account"} about={<><Anchor component={Link} to="/connectors" size="sm">← Connectors</Anchor>{data && ` · ${channelName(data.channel)}`}</>} actions={data && <Actions account={data} />}>
      {data ? (
        <Parts key={data.id} account={data} />
      ) : isGone(error) ? (
        <Empty title="There is no such account" action={<Anchor component={Link} to="/connectors" size="sm">All connectors</Anchor>} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Lines />
      )}
    </Page>
  );
}

function Parts({ account }: { account: Account }) {
  const check = useAct(() => client.POST("/api/accounts/{account_id}/check", { params: { path: { account_id: account.id } } }), { failed: "It could not be checked" });
  const isUnwell = healthOf(account) === "unwell";
  const toolkits = api.useQuery("get", "/api/integrations/toolkits");
  const toolkit = toolkits.data?.items.find((one) => one.name === account.channel);
  return (
    <Stack className={classes.narrow} gap="lg">
      <HealthCard account={account} found={check.data?.data} isChecking={check.isPending} check={() => check.mutate(undefined)} />
      {account.proof.state !== "not_needed" && <Proof account={account} />}
      {toolkit && !toolkit.members_only && <AnsweringCard account={account} />}
      {toolkit?.embedded && <Snippet account={account} />}
      <Callbacks accountId={account.id} />
      <SettingsCard account={account} onSaved={isUnwell ? () => check.mutate(undefined) : undefined} />
    </Stack>
  );
}

function Actions({ account }: { account: Account }) {
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();
  const [asking, ask] = useDisclosure(false);
  const path = { account_id: account.id };
  const toggle = useAct((enabled: boolean) => client.PATCH("/api/accounts/{account_id}", { params: { path }, body: { enabled } }), {
    failed: "It was not switched",
    guess: (enabled) => [{ key: ["get", "/api/accounts/{account_id}", { params: { path } }], change: ((old: Account | undefined) => old && { ...old, enabled }) as never }],
  });
  const remove = useAct(() => client.DELETE("/api/accounts/{account_id}", { params: { path } }), {
    failed: "The account stays",
    done: `${account.name} was taken away`,
    onDone: () => void navigate({ to: "/connectors" }),
  });
  if (!isAdmin) return null;
  return (
    <>
      <Switch label="On" checked={account.enabled} onChange={(event) => toggle.mutate(event.currentTarget.checked)} />
      <Button variant="default" color="red" leftSection={<Trash2 size={14} aria-hidden />} onClick={ask.open}>
        Take away
      </Button>
      <Confirm opened={asking} close={ask.close} title={`Take ${account.name} away?`} action="Take away" danger busy={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
        Nothing comes in through it any more, and the address is free for a new account. Its conversations stay.
      </Confirm>
    </>
  );
}

type HealthProps = { account: Account; found: Schemas["AccountCheck"] | undefined; isChecking: boolean; check: () => void };

function HealthCard({ account, found, isChecking, check }: HealthProps) {
  const isAdmin = useIsAdmin();
  const health = HEALTH[healthOf(account)];
  return (
    <Card withBorder bg="var(--dyn-surface)" component="section" aria-label="Health">
      <Group justify="space-between">
        <Group gap="sm">
          <Badge color={health.color} size="lg">{health.name}</Badge>
          <Text size="sm" c="dimmed">{account.last_event_at ? <>Last message <Ago at={account.last_event_at} /></> : "Nothing came in yet"}</Text>
        </Group>
        {isAdmin && (
          <Group gap="xs">
            <Button variant="default" leftSection={<RefreshCw size={14} aria-hidden />} loading={isChecking} onClick={check}>
              Check now
            </Button>
            {healthOf(account) === "unwell" && <Button leftSection={<PlugZap size={14} aria-hidden />} onClick={toSettings}>Reconnect</Button>}
          </Group>
        )}
      </Group>
      {account.error && <Trouble what="Nothing is read from it" why={account.error} />}
      {account.send_error && <Trouble what="Nothing can be sent from it" why={account.send_error} />}
      {found && !found.findings.length && <Text size="sm" c="dimmed" mt="sm">There is no server to ask: it works as long as messages come.</Text>}
      {found && found.findings.length > 0 && (
        <ul className={classes.findings} aria-label="What was found">
          {found.findings.map((one, index) => (
            <li key={index}>
              <StateMark state={one.status === "ok" ? "done" : one.status === "failed" ? "failed" : "open"} size={15} />
              <span className={classes.wrap}>{one.part}: {one.found}{one.remedy && <Text span size="sm" c="dimmed"> — {one.remedy}</Text>}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Trouble({ what, why }: { what: string; why: string }) {
  return <Text size="sm" mt="sm" c="var(--mantine-color-error)" className={classes.wrap}><b>{what}:</b> {why}</Text>;
}

function Callbacks({ accountId }: { accountId: string }) {
  const { data } = api.useQuery("get", "/api/settings/addresses");
  const own = data?.callbacks.filter((one) => one.account_id === accountId) ?? [];
  if (!own.length) return null;
  return (
    <Card withBorder bg="var(--dyn-surface)" component="section" aria-label="Addresses">
      <Title order={2} size="h3">Addresses to enter elsewhere</Title>
      {own.map((one) => <Copyable key={one.used_for} label={one.used_for} text={one.url} />)}
    </Card>
  );
}
