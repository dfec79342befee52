/** "Try it": a real message to this workspace by its customers' way in, and what becomes of it, step by step. */
import { Anchor, Button, Group, SegmentedControl, Select, Text, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { client, type Schemas } from "~/api";
import { STATES } from "~/screens/events/ledger/search";
import { stateOf } from "~/screens/events/ledger/state";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { channelName } from "~/ui/channel";
import { Ago } from "~/ui/time";
import { TryStory } from "./TryStory";
import classes from "./Onboarding.module.css";

type Try = Schemas["TryView"];
const KINDS = { mail: "Test mail", chat: "Test chat" } as const;

export function TryIt({ waysIn, tries }: { waysIn: Schemas["WayIn"][]; tries: Try[] }) {
  const isAdmin = useIsAdmin();
  const [kind, setKind] = useState<Try["kind"]>("chat");
  const [text, write] = useState("Hello, what are your opening hours?");
  const [account, choose] = useState<string | null>(null);
  const [current, follow] = useState<Try>();
  const queries = useQueryClient();
  const fitting = waysIn.filter((way) => way.kind === kind);
  const to = fitting.find((way) => way.account_id === account) ?? fitting[0];
  const send = useAct(() => client.POST("/api/onboarding/try", { body: { kind, text: text.trim(), account_id: to?.account_id } }), {
    failed: "It was not sent",
    onDone: ({ data }) => {
      follow(data);
      void queries.invalidateQueries({ queryKey: ["get", "/api/onboarding"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate(undefined);
  };
  const earlier = tries.filter((one) => one.id !== current?.id);
  return (
    <div className={classes.try}>
      <Title order={3} size="h4" mb={4}>Try it</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Sends a real message the way your customers do, from somebody nobody has met. It is answered like any other.
      </Text>
      {isAdmin && (
        <form onSubmit={submit}>
          <Group gap="sm" align="flex-end">
            <SegmentedControl size="xs" aria-label="What to send" value={kind} onChange={(value) => setKind(value as Try["kind"])} data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))} />
            {fitting.length > 1 && (
              <Select size="xs" aria-label="To" allowDeselect={false} value={to?.account_id ?? null} onChange={choose} data={fitting.map((way) => ({ value: way.account_id, label: `${channelName(way.channel)} ${way.address}` }))} />
            )}
          </Group>
          <Group gap="sm" mt="xs" align="flex-end">
            <TextInput flex={1} miw={180} aria-label="What the customer writes" maxLength={2000} value={text} onChange={(event) => write(event.currentTarget.value)} />
            <Button type="submit" size="sm" leftSection={<Send size={14} aria-hidden />} loading={send.isPending} disabled={!text.trim() || !to}>
              Send
            </Button>
          </Group>
          {!to && (
            <Text size="sm" c="dimmed" mt="xs">
              There is no {kind === "mail" ? "mailbox" : "chat widget"} to send it to. <Anchor component={Link} to="/connectors/new" size="sm">Connect one</Anchor>
            </Text>
          )}
        </form>
      )}
      {current && <TryStory key={current.id} tried={tries.find((one) => one.id === current.id) ?? current} />}
      {earlier.length > 0 && (
        <Text size="xs" c="dimmed" mt="sm" component="div">
          Earlier:{" "}
          {earlier.map((one, index) => (
            <span key={one.id}>
              {index > 0 && "; "}
              {KINDS[one.kind].toLowerCase()}, <Ago at={one.created_at} />,{" "}
              {one.event_id ? <Anchor component={Link} to={`/events/${one.event_id}`} size="xs">{STATES[stateOf(one)].toLowerCase()}</Anchor> : "not in yet"}
            </span>
          ))}
        </Text>
      )}
    </div>
  );
}
