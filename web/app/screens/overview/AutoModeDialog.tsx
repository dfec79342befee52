/** What a change of Auto Mode does, before it is made; and what happens to the events that wait. */
import { Alert, Badge, Button, Group, Modal, Radio, Stack, Switch, Text, Title } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { ALARM } from "~/screens/events/ledger/state";
import { useAct } from "~/ui/act";
import { ChannelIcon, channelName } from "~/ui/channel";
import { Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";

type Mode = Schemas["AutoModeState"];
type Preview = Schemas["AutoModePreview"];
type Queue = "keep" | "process";

export default function AutoModeDialog({ mode, enabled, close }: { mode: Mode; enabled: boolean; close: () => void }) {
  const [channels, setChannels] = useState(mode.channels ?? {});
  const [queue, setQueue] = useState<Queue>();
  const wished = { enabled, channels, effects: mode.effects };
  const preview = api.useQuery("post", "/api/settings/auto-mode/preview", { body: wished }, { enabled, placeholderData: (before) => before, staleTime: 0 });
  const change = useAct(() => client.PUT("/api/settings/auto-mode", { body: { ...wished, queue: enabled ? queue : undefined } }), {
    guess: () => [{ key: ["get", "/api/settings/auto-mode"], change: ((before?: Mode) => before && { ...before, enabled, channels }) as never }],
    done: enabled ? "Auto Mode is on" : "Manual Mode: nothing leaves without a yes",
    failed: "The mode was not changed",
    onDone: close,
  });
  const mustChoose = enabled && (preview.data?.to_process ?? 0) > 0 && !queue;
  return (
    <Modal opened onClose={close} size="lg" title={enabled ? "Switch Auto Mode on?" : "Switch to Manual Mode?"}>
      <Stack>
        {enabled ? (
          <>
            <Text size="sm">The AI answers by itself what comes in on the channels below. What needs a person still comes to you.</Text>
            {preview.isPending && <Lines count={3} />}
            {preview.isError && <Failed error={preview.error} retry={() => void preview.refetch()} />}
            {preview.data && <What preview={preview.data} toggle={(channel, on) => setChannels({ ...channels, [channel]: on })} />}
            {preview.data && preview.data.to_process > 0 && <Waiting preview={preview.data} queue={queue} choose={setQueue} />}
          </>
        ) : (
          <Text size="sm">
            Everything is still received and shown. New inquiries wait until a teammate runs the AI on them or answers; what the AI drafts needs a yes before it leaves. What it is answering
            right now is finished.
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button loading={change.isPending} disabled={mustChoose || (enabled && !preview.data)} onClick={() => change.mutate(undefined)} data-autofocus={!enabled || undefined}>
            {enabled ? "Switch on" : "Switch to Manual"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function What({ preview, toggle }: { preview: Preview; toggle: (channel: string, on: boolean) => void }) {
  return (
    <>
      {preview.warnings.map(({ code, text }) => (
        <Alert key={code + text} color="yellow" icon={<TriangleAlert size={16} />} p="xs">
          <Text size="sm">{text}</Text>
        </Alert>
      ))}
      <Stack gap="xs">
        <Title order={3} size="sm">
          What becomes automatic
        </Title>
        {preview.channels.map((each) => (
          <Group key={each.channel} gap="sm" wrap="nowrap" align="flex-start">
            <Switch
              size="xs"
              mt={3}
              checked={each.automatic}
              onChange={(event) => toggle(each.channel, event.currentTarget.checked)}
              aria-label={`Answer ${channelName(each.channel)} by itself`}
            />
            <ChannelIcon channel={each.channel} size={17} />
            <div style={{ minWidth: 0 }}>
              <Text size="sm">
                {channelName(each.channel)}: {each.automatic ? `${each.event_types.join(", ")} are answered` : "waits for a teammate"}
              </Text>
              {each.accounts.map((account) => (
                <Text key={account.id} size="xs" c={account.error || account.send_error ? ALARM : "dimmed"} style={{ overflowWrap: "anywhere" }}>
                  {account.address}: {health(account)}
                  {account.last_event_at && (
                    <>
                      , heard of <Ago at={account.last_event_at} />
                    </>
                  )}
                </Text>
              ))}
            </div>
          </Group>
        ))}
      </Stack>
      <Stack gap={6}>
        <Title order={3} size="sm">
          What the AI may do without a yes
        </Title>
        <Group gap="xs">
          {preview.effects.map(({ effect, automatic, tools }) => (
            <Badge key={effect} color={automatic ? "green" : "gray"} title={tools.join(", ").replaceAll("_", " ")}>
              {EFFECTS[effect]}: {automatic ? "by itself" : "asks"}
            </Badge>
          ))}
        </Group>
        <Text size="xs" c="dimmed">
          Writing to strangers, spending, and anything for a sender whose check failed asks in every mode.
        </Text>
      </Stack>
    </>
  );
}

const EFFECTS: Record<string, string> = { read: "look things up", write: "change records", send: "send messages", spend: "spend money" };

function health(account: Schemas["PreviewedAccount"]): string {
  if (!account.enabled) return "switched off";
  return account.error ?? account.send_error ?? "works";
}

function Waiting({ preview, queue, choose }: { preview: Preview; queue: Queue | undefined; choose: (queue: Queue) => void }) {
  const waiting = preview.channels.filter((each) => each.automatic && each.waiting > 0);
  const oldest = waiting.map(({ oldest_waiting: at }) => at).filter((at) => at != null).sort()[0];
  const events = preview.to_process === 1 ? "1 event waits" : `${preview.to_process} events wait`;
  return (
    <Radio.Group value={queue ?? ""} onChange={(value) => choose(value as Queue)} label={`${events}: what happens to them?`} withAsterisk>
      <Text size="xs" c="dimmed">
        {waiting.map((each) => `${channelName(each.channel)}: ${each.waiting}`).join(", ")}
        {oldest && (
          <>
            ; the oldest arrived <Ago at={oldest} />
          </>
        )}
      </Text>
      <Stack gap="xs" mt="xs">
        <Radio value="process" label="The AI answers them now" />
        <Radio value="keep" label="They go on waiting" description="Only what comes from now on is automatic." />
      </Stack>
    </Radio.Group>
  );
}
