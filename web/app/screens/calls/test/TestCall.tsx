/** A call to an agent from this browser: both sides as they speak, and what the agent does meanwhile. */
import { ActionIcon, Alert, Anchor, Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Mic, MicOff, Phone, PhoneOff, SendHorizontal } from "lucide-react";
import { type FormEvent, useEffect, useReducer, useRef, useState } from "react";
import { TestCall as BrowserCall } from "@call/testing";
import { client } from "~/api";
import { Levels } from "../live/Levels";
import { LiveLines } from "../live/LiveLines";
import classes from "../live/live.module.css";

export default function TestCall({ agent, close }: { agent?: string; close: () => void }) {
  const [, changed] = useReducer((count: number) => count + 1, 0);
  const [callId, setCallId] = useState<string>();
  const [call, setCall] = useState<BrowserCall>();
  const now = useRef<BrowserCall>(undefined);
  useEffect(() => () => now.current?.hangUp(), []);

  const begin = () => {
    const begun = new BrowserCall(changed);
    now.current = begun;
    setCall(begun);
    setCallId(undefined);
    void begun.begin(async () => {
      const { data } = await client.POST("/api/calls/test", { body: { agent: agent ?? null } });
      setCallId(data!.call_id);
      return data!;
    });
  };
  return (
    <Modal opened onClose={close} title="Test call" size="lg" closeOnClickOutside={false}>
      {!call ? <Before begin={begin} /> : <During call={call} callId={callId} again={begin} close={close} />}
    </Modal>
  );
}

function Before({ begin }: { begin: () => void }) {
  return (
    <>
      <Text size="sm">
        You talk to the agent through this browser, as a caller would by telephone. The call has a record and a transcript, marked as a test; it counts in no figure.
      </Text>
      <Text size="sm" c="dimmed" mt="xs">
        Use headphones if you can. Without a microphone, or where you would rather not speak, type what the caller says.
      </Text>
      <Button mt="md" leftSection={<Phone size={15} aria-hidden />} onClick={begin} data-autofocus>
        Call
      </Button>
    </>
  );
}

const STAGES = { connecting: "Connecting…", talking: "On the line", over: "The call is over" };

function During({ call, callId, again, close }: { call: BrowserCall; callId?: string; again: () => void; close: () => void }) {
  const isOver = call.stage === "over";
  return (
    <>
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Text size="sm" fw={600} role="status">{STAGES[call.stage]}</Text>
        {!isOver && <Levels of={() => call.levels} labels={["You", "Agent"]} />}
      </Group>
      {call.unheard && !isOver && <Alert color="yellow" mb="sm" role="alert">{call.unheard}</Alert>}
      {call.why && <Alert color="red" mb="sm" role="alert">{call.why}</Alert>}
      <LiveLines lines={call.lines} caller="You" empty={isOver ? "Nothing was said." : "What both of you say stands here as it is said."} />
      {isOver ? (
        <Group mt="md">
          <Button onClick={again} leftSection={<Phone size={15} aria-hidden />}>Call again</Button>
          {callId && (
            <Anchor size="sm" onClick={close} renderRoot={(props) => <Link to="/calls/$callId" params={{ callId }} {...props} />}>
              Its record
            </Anchor>
          )}
        </Group>
      ) : (
        <Controls call={call} />
      )}
    </>
  );
}

function Controls({ call }: { call: BrowserCall }) {
  const [text, setText] = useState("");
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    call.type(text.trim());
    setText("");
  };
  return (
    <div className={classes.controls}>
      <form onSubmit={say} className={classes.type}>
        <TextInput
          aria-label="Type what the caller says"
          placeholder="Type what the caller says…"
          value={text}
          maxLength={1_000}
          flex={1}
          disabled={call.stage !== "talking"}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ActionIcon type="submit" size={36} aria-label="Say it" disabled={call.stage !== "talking" || !text.trim()}>
          <SendHorizontal size={16} aria-hidden />
        </ActionIcon>
      </form>
      <Group gap="xs" wrap="nowrap">
        {!call.unheard && (
          <Button variant="default" aria-pressed={call.muted} onClick={() => call.mute(!call.muted)} leftSection={call.muted ? <MicOff size={15} aria-hidden /> : <Mic size={15} aria-hidden />}>
            {call.muted ? "Unmute" : "Mute"}
          </Button>
        )}
        <Button color="red" onClick={() => call.hangUp()} leftSection={<PhoneOff size={15} aria-hidden />}>
          Hang up
        </Button>
      </Group>
    </div>
  );
}
