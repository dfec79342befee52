/** For admins: the workspace's channel in Slack, what it tells everybody, and how soon the next are told. */
import { Alert, Badge, Button, Group, NumberInput, PasswordInput, SegmentedControl, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { useMemo, useState } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "../Part";
import classes from "../Settings.module.css";
import own from "./notifications.module.css";

type View = Schemas["WorkspaceNotificationsView"];
const KEY = ["get", "/api/settings/notifications"];
const ACCOUNTS = ["get", "/api/accounts"];

export function Workspace() {
  const accounts = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const settings = api.useQuery("get", "/api/settings/notifications");
  const error = accounts.error ?? settings.error;
  if (error && !(accounts.data && settings.data)) return <Failed error={error} retry={() => (void accounts.refetch(), void settings.refetch())} />;
  if (!accounts.data || !settings.data) return <Lines />;
  const connected = accounts.data.items.filter((one) => one.channel === "slack");
  return (
    <div className={own.apart}>
      <Part title="Slack" about="One channel in which everybody is told, each thing once.">
        {connected.map((one) => <Connected key={one.id} account={one} />)}
        {!connected.length && <Connect />}
      </Part>
      <ForEverybody stored={settings.data} />
    </div>
  );
}

function Connected({ account }: { account: Schemas["dynaris__connections__schemas__AccountView"] }) {
  const test = useAct(() => client.POST("/api/settings/notifications/test"), { failed: "The test was not sent", done: "Sent: look into the channel" });
  const remove = useAct(() => client.DELETE("/api/accounts/{account_id}", { params: { path: { account_id: account.id } } }), {
    failed: "It was not disconnected",
    guess: () => [{ key: ACCOUNTS, change: ((answer: { items: Schemas["dynaris__connections__schemas__AccountView"][] } | undefined) => answer && { ...answer, items: answer.items.filter((one) => one.id !== account.id) }) as never }],
  });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs">
          <Text size="sm" fw={600}>{account.address}</Text>
          <Badge color={account.send_error ? "red" : "teal"}>{account.send_error ? "Does not work" : "Connected"}</Badge>
        </Group>
        <Group gap="xs">
          <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate(undefined)}>Post a test</Button>
          <Button size="xs" variant="subtle" color="red" loading={remove.isPending} onClick={() => remove.mutate(undefined)}>Disconnect</Button>
        </Group>
      </Group>
      {account.send_error && <Alert color="red" title="Nothing can be posted">{account.send_error}</Alert>}
    </Stack>
  );
}

function Connect() {
  const [way, choose] = useState("webhook");
  const [webhook, setWebhook] = useState("");
  const [token, setToken] = useState("");
  const [channel, setChannel] = useState("");
  const queries = useQueryClient();
  const settings = way === "webhook" ? { webhook_url: webhook.trim() } : { token: token.trim(), channel: channel.trim() };
  const isWhole = Object.values(settings).every(Boolean);
  const connect = useMutation({
    mutationFn: () => client.POST("/api/accounts", { body: { channel: "slack", address: "slack", settings } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ACCOUNTS });
      notifications.show({ message: "Connected: post a test to see it work" });
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole) connect.mutate();
      }}
    >
      <Stack gap="sm">
        <SegmentedControl size="xs" aria-label="How to connect" value={way} onChange={choose} data={[{ value: "webhook", label: "Incoming webhook" }, { value: "bot", label: "Bot token" }]} style={{ alignSelf: "flex-start" }} />
        {way === "webhook" ? (
          <PasswordInput label="Webhook URL" description="From your Slack app, under Incoming Webhooks." placeholder="https://hooks.slack.com/services/…" value={webhook} onChange={(event) => setWebhook(event.currentTarget.value)} autoComplete="off" />
        ) : (
          <>
            <PasswordInput label="Bot token" description="Begins with xoxb-; the app needs the scope chat:write." value={token} onChange={(event) => setToken(event.currentTarget.value)} autoComplete="off" />
            <TextInput label="Channel" description="Its id, such as C0123456789; invite the bot to it." value={channel} onChange={(event) => setChannel(event.currentTarget.value)} />
          </>
        )}
        {connect.error && <Alert color="red" title="It was not connected">{said(connect.error)}</Alert>}
        <Group><Button type="submit" size="sm" loading={connect.isPending} disabled={!isWhole}>Connect Slack</Button></Group>
      </Stack>
    </form>
  );
}

function ForEverybody({ stored }: { stored: View }) {
  const before = useMemo(() => stored, [stored]);
  const [draft, change] = useState(before);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => client.PUT("/api/settings/notifications", { body: { topics: Object.fromEntries(draft.topics.map((one) => [one.topic, one.told])), escalate_minutes: draft.escalate_minutes, window_minutes: draft.window_minutes } }),
    onSuccess: ({ data }) => {
      queries.setQueriesData({ queryKey: KEY }, data);
      if (data) change(data);
      notifications.show({ message: "Saved" });
    },
  });
  return (
    <Form onSubmit={() => save.mutate()} error={save.error} busy={save.isPending} isChanged={JSON.stringify(draft) !== JSON.stringify(before)} discard={() => change(before)} action="Save for everybody">
      <Part title="What Slack is told" flush>
        {draft.topics.map((one) => (
          <div key={one.topic} className={classes.row}>
            <div className={classes.words}>
              <Text size="sm" fw={600}>{one.title}</Text>
              <Text size="xs" c="dimmed">{one.about}</Text>
            </div>
            <Switch aria-label={`${one.title}: in Slack`} checked={one.told} onChange={(event) => change({ ...draft, topics: draft.topics.map((each) => (each.topic === one.topic ? { ...each, told: event.currentTarget.checked } : each)) })} />
          </div>
        ))}
      </Part>
      <Part title="When nobody reacts" about="A team's members are told first, then the admins, then the owner.">
        <NumberInput label="The next are told after" suffix=" minutes" min={1} max={1440} allowDecimal={false} value={draft.escalate_minutes} onChange={(value) => change({ ...draft, escalate_minutes: Number(value) || 1 })} maw={220} />
      </Part>
      <Part title="Before a reply window closes" about="On WhatsApp any answer may leave for 24 hours after the contact's last message; later only an approved template. Who has the conversation is told, else its team.">
        <NumberInput label="Told before it closes, 0 is never" suffix=" minutes" min={0} max={1380} allowDecimal={false} value={draft.window_minutes} onChange={(value) => change({ ...draft, window_minutes: Number(value) || 0 })} maw={260} />
      </Part>
    </Form>
  );
}
