/** What agents do by themselves, by channel and by effect; everything else waits for a person's yes. */
import { Alert, Badge, Button, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { api, client, Problem, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { complain, useAct } from "~/ui/act";
import { ChannelIcon, channelName } from "~/ui/channel";
import { Failed, Lines } from "~/ui/states";
import { Part } from "./Part";
import classes from "./Settings.module.css";

type Mode = Schemas["AutoModeState"];
type Change = Schemas["AutoModeChange"];
const KEY = ["get", "/api/settings/auto-mode"];
const FAILED = "The mode was not changed";
const EFFECTS = [
  { key: "write", label: "Change things", about: "Note something about a contact, make a task, book a time.", usual: true },
  { key: "send", label: "Write to people", about: "Answers to whoever wrote. Strangers always need a yes.", usual: true },
  { key: "spend", label: "Spend money", about: "Anything that costs the business something.", usual: false },
] as const;

export default function AutoMode() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = api.useQuery("get", "/api/settings/auto-mode");
  const toolkits = api.useQuery("get", "/api/integrations/toolkits");
  const [asked, ask] = useState<Change>();
  const set = useAct((body: Change) => client.PUT("/api/settings/auto-mode", { body }).catch((problem: unknown) => waitsInTheWay(problem, body, ask)), {
    failed: FAILED,
    guess: (body) => [{ key: KEY, change: ((answer: Mode | undefined) => answer && { ...answer, ...body }) as never }],
  });
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  const mode: Change = { enabled: data.enabled, channels: data.channels, effects: data.effects };
  const connected = (toolkits.data?.items ?? []).filter((one) => one.accounts > 0 && !one.members_only);
  return (
    <>
      <Part title="Auto Mode" about={data.enabled ? "Agents answer what comes in." : "Everything that comes in waits until somebody starts the agent."} action={<Badge color={data.enabled ? "teal" : "gray"}>{data.enabled ? "On" : "Off"}</Badge>}>
        <Stack gap="sm">
          <Switch label="Agents answer by themselves" disabled={!isAdmin} checked={data.enabled} onChange={(event) => set.mutate({ ...mode, enabled: event.currentTarget.checked })} />
          {data.waiting > 0 && <Alert color="yellow">{data.waiting} {data.waiting === 1 ? "event waits" : "events wait"} for somebody to start the agent.</Alert>}
        </Stack>
      </Part>
      <Part title="By channel" flush about="A channel that is off here waits for a person, also in Auto Mode.">
        {connected.map((one) => (
          <div key={one.name} className={classes.row}>
            <ChannelIcon channel={one.name} />
            <Text size="sm" className={classes.words}>{channelName(one.name)}</Text>
            <Switch aria-label={`Automatic on ${channelName(one.name)}`} disabled={!isAdmin || !data.enabled} checked={data.channels[one.name] !== false} onChange={(event) => set.mutate({ ...mode, channels: { ...data.channels, [one.name]: event.currentTarget.checked } })} />
          </div>
        ))}
        {toolkits.data && !connected.length && <Text size="sm" c="dimmed" p="md">Nothing is connected yet.</Text>}
      </Part>
      <Part title="Approvals" flush about="What needs nobody's yes in Auto Mode. What is off here becomes an approval each time.">
        {EFFECTS.map(({ key, label, about, usual }) => (
          <div key={key} className={classes.row}>
            <div className={classes.words}>
              <Text size="sm" fw={600}>{label}</Text>
              <Text size="xs" c="dimmed">{about}</Text>
            </div>
            <Switch aria-label={`${label} without a yes`} disabled={!isAdmin} checked={data.effects[key] ?? usual} onChange={(event) => set.mutate({ ...mode, effects: { ...data.effects, [key]: event.currentTarget.checked } })} />
          </div>
        ))}
      </Part>
      {!isAdmin && <Text size="sm" c="dimmed">An admin of the workspace changes this.</Text>}
      <Modal opened={asked !== undefined} onClose={() => ask(undefined)} title="What becomes of what waits?">
        <Text size="sm">Events wait for somebody to start the agent. They can go on waiting, or be answered now.</Text>
        <Group justify="flex-end" mt="md">
          {(["keep", "process"] as const).map((queue) => (
            <Button key={queue} variant={queue === "keep" ? "default" : "filled"} onClick={() => (asked && set.mutate({ ...asked, queue }), ask(undefined))}>
              {queue === "keep" ? "Leave them waiting" : "Answer them now"}
            </Button>
          ))}
        </Group>
      </Modal>
    </>
  );
}

/** Switching something on while events wait is a question, not an error. */
function waitsInTheWay(problem: unknown, body: Change, ask: (body: Change) => void): undefined {
  if (problem instanceof Problem && problem.status === 409 && "waiting" in problem.more) ask(body);
  else complain(problem, FAILED);
  return undefined;
}
