/** What a teammate can do with a call while it goes on: listen, whisper, take over and hand back, end it. */
import { Alert, Button, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Headphones, Mic, MicOff, PhoneOff, Undo2 } from "lucide-react";
import { type FormEvent, useEffect, useReducer, useRef, useState } from "react";
import { Desk } from "@call/desk";
import { client } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import type { CallDetail } from "../words";
import { Levels } from "./Levels";
import { LiveLines } from "./LiveLines";
import classes from "./live.module.css";

export default function LiveCall({ call }: { call: CallDetail }) {
  const [, changed] = useReducer((count: number) => count + 1, 0);
  const [desk, setDesk] = useState<Desk>();
  const now = useRef<Desk>(undefined);
  useEffect(() => () => now.current?.leave(), []);
  const join = () => {
    const joined = new Desk(changed);
    now.current = joined;
    setDesk(joined);
    void joined.join(async () => (await client.POST("/api/calls/{call_id}/desk", { params: { path: { call_id: call.id } } })).data!);
  };
  const there = desk && desk.stage !== "gone" ? desk : undefined;
  return (
    <section className={classes.desk} aria-label="The call now">
      <div className={classes.row}>
        <Text fw={600} size="sm" role="status">{standing(there)}</Text>
        {there && <Levels of={() => there.levels} labels={["Caller", there.isOurs ? "You" : "Agent"]} />}
        <div className={classes.row}>
          {!there && (
            <Button leftSection={<Headphones size={15} aria-hidden />} onClick={join}>
              Listen
            </Button>
          )}
          {there && !there.isOurs && (
            <Button variant="default" onClick={() => there.leave()}>
              Stop listening
            </Button>
          )}
          <End call={call} />
        </div>
      </div>
      {desk?.why && <Alert color="yellow" role="alert">{desk.why}</Alert>}
      {there && (
        <>
          <LiveLines lines={there.lines} caller="Caller" empty="What is said from now on stands here while it is said." />
          <Speaking desk={there} />
        </>
      )}
    </section>
  );
}

function standing(desk: Desk | undefined): string {
  if (!desk) return "Somebody is on the line";
  if (desk.stage === "connecting") return "Connecting…";
  if (desk.isOurs) return "You speak with the caller";
  return desk.takenBy ? `${desk.takenBy} speaks with the caller` : "You listen; nobody hears you";
}

function Speaking({ desk }: { desk: Desk }) {
  const [text, setText] = useState("");
  const whisper = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    desk.whisper(text.trim());
    setText("");
  };
  if (desk.isOurs) {
    return (
      <div className={classes.row}>
        <Text size="sm" c="dimmed">The agent is silent until you hand back.</Text>
        <div className={classes.row}>
          <Button variant="default" aria-pressed={desk.muted} leftSection={desk.muted ? <MicOff size={15} aria-hidden /> : <Mic size={15} aria-hidden />} onClick={() => desk.mute(!desk.muted)}>
            {desk.muted ? "Unmute" : "Mute"}
          </Button>
          <Button leftSection={<Undo2 size={15} aria-hidden />} onClick={() => desk.handBack()}>
            Hand back to the agent
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={classes.row}>
      <form onSubmit={whisper} className={classes.type}>
        <TextInput aria-label="Whisper to the agent" placeholder="Whisper to the agent: the caller does not hear it…" value={text} maxLength={500} flex={1} disabled={desk.takenBy !== null} onChange={(event) => setText(event.currentTarget.value)} />
        <Button type="submit" variant="default" h={36} disabled={!text.trim() || desk.takenBy !== null}>Whisper</Button>
      </form>
      <Button h={36} leftSection={<Mic size={15} aria-hidden />} disabled={desk.stage !== "there" || desk.takenBy !== null} onClick={() => void desk.takeOver()}>
        Take over
      </Button>
    </div>
  );
}

function End({ call }: { call: CallDetail }) {
  const [asked, { open, close }] = useDisclosure(false);
  const end = useAct((id: string) => client.POST("/api/calls/{call_id}/hang-up", { params: { path: { call_id: id } } }), { failed: "The call goes on", onDone: close });
  return (
    <>
      <Button color="red" variant="light" leftSection={<PhoneOff size={15} aria-hidden />} onClick={open}>
        End
      </Button>
      <Confirm opened={asked} close={close} title="End this call?" action="End the call" danger busy={end.isPending} onConfirm={() => end.mutate(call.id)}>
        The caller is cut off at once.
      </Confirm>
    </>
  );
}
