/** A conversation with the agent as it is being written; nothing of it stays. */
import { ActionIcon, Button, Group, Loader, Select, Text, Textarea, Tooltip } from "@mantine/core";
import { RotateCcw, SendHorizontal } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { client, said, type Schemas } from "~/api";
import { channelName } from "~/ui/channel";
import type { Draft } from "../draft";
import { useChannels } from "../editor/Editor";
import type { AgentDetail } from "../words";
import classes from "./chat.module.css";
import { Why } from "./Why";
import { WRONG } from "../words";

type Turn = Schemas["TriedTurn"];
type Said = { author: "contact"; text: string } | { author: "agent"; turn: Turn } | { author: "error"; text: string };

export function TestChat({ agent, draft }: { agent: AgentDetail; draft: Draft }) {
  const [lines, setLines] = useState<Said[]>([]);
  const [text, setText] = useState("");
  const [channel, setChannel] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const end = useRef<HTMLDivElement>(null);
  const channels = useChannels(draft.settings.channels ?? ["webchat"]);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [lines, busy]);

  const ask = async (words: string) => {
    const before = lines.filter((line) => line.author !== "error");
    setLines([...before, { author: "contact", text: words }]);
    setText("");
    setBusy(true);
    const messages = [...before, { author: "contact" as const, text: words }].flatMap((line): { author: "contact" | "agent"; text: string }[] =>
      line.author === "contact" ? [line] : line.author === "agent" && line.turn.text ? [{ author: "agent", text: line.turn.text }] : [],
    );
    try {
      const { data } = await client.POST("/api/agents/{agent}/try", {
        params: { path: { agent: agent.name } },
        body: { messages: messages.slice(-40), channel, settings: draft.isDirty ? draft.settings : null },
      });
      setLines((now) => [...now, { author: "agent", turn: data! }]);
    } catch (error) {
      setLines((now) => [...now, { author: "error", text: said(error) }]);
    } finally {
      setBusy(false);
    }
  };
  const send = () => {
    if (text.trim() && !busy) void ask(text.trim());
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  const last = lines.at(-1);
  return (
    <section className={classes.chat} aria-label="Test chat">
      <header className={classes.head}>
        <Text fw={600} size="sm">Try it</Text>
        <Text size="xs" c="dimmed" flex={1} truncate>
          {draft.isDirty ? "with what is not saved" : "as it is saved"}
        </Text>
        <Select
          size="xs"
          w={120}
          aria-label="Channel they write on"
          placeholder="Usual way"
          clearable
          data={channels.map((value) => ({ value, label: channelName(value) }))}
          value={channel}
          onChange={setChannel}
        />
        <Tooltip label="Start again">
          <ActionIcon variant="subtle" color="gray" aria-label="Start again" disabled={!lines.length || busy} onClick={() => setLines([])}>
            <RotateCcw size={15} />
          </ActionIcon>
        </Tooltip>
      </header>
      <div className={classes.lines} role="log" aria-label="Conversation" tabIndex={0}>
        {!lines.length && <Begin supervisor={agent.kind === "supervisor"} ask={(words) => void ask(words)} />}
        {lines.map((line, index) => <LineOf key={index} line={line} />)}
        {busy && (
          <div className={classes.agent} aria-label="The agent thinks">
            <Loader type="dots" size="sm" />
          </div>
        )}
        {last?.author === "error" && (
          <Button variant="default" w="fit-content" onClick={() => retry(lines, setLines, (words) => void ask(words))}>Try again</Button>
        )}
        <div ref={end} />
      </div>
      <div className={classes.foot}>
        <Textarea
          aria-label="Write as a customer"
          placeholder="Write as a customer would…"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={8000}
          flex={1}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <ActionIcon size="lg" aria-label="Send" disabled={!text.trim() || busy} onClick={send}>
          <SendHorizontal size={16} />
        </ActionIcon>
      </div>
    </section>
  );
}

/** The last question again, as if it had not been asked. */
function retry(lines: Said[], setLines: (lines: Said[]) => void, ask: (words: string) => void) {
  const at = lines.findLastIndex((line) => line.author === "contact");
  const line = lines[at];
  if (line?.author !== "contact") return;
  lines.splice(at);
  setLines([...lines]);
  ask(line.text);
}

function Begin({ supervisor, ask }: { supervisor: boolean; ask: (words: string) => void }) {
  const ideas = supervisor
    ? ["I would like an appointment on Tuesday", "Please send me an offer"]
    : ["What are your opening hours?", "I would like an appointment on Tuesday", "I want to speak to a person"];
  return (
    <div className={classes.begin}>
      <Text size="sm" c="dimmed">
        {supervisor
          ? "Write what a customer would: you see whom it chooses, and why."
          : "Write what a customer would. It searches your knowledge and looks things up; what would change or send something is shown, and not done."}
      </Text>
      <Group gap={6} mt="sm">
        {ideas.map((idea) => <Button key={idea} variant="default" radius="xl" onClick={() => ask(idea)}>{idea}</Button>)}
      </Group>
    </div>
  );
}

function LineOf({ line }: { line: Said }) {
  if (line.author === "contact") return <div className={classes.contact}>{line.text}</div>;
  if (line.author === "error") return <Text size="sm" c={WRONG} role="alert">{line.text}</Text>;
  return (
    <div className={classes.answer}>
      {line.turn.text && <div className={classes.agent}>{line.turn.text}</div>}
      <Why turn={line.turn} />
    </div>
  );
}
