/** The conversations of a rehearsal, with what did not hold. */
import { Badge, Checkbox, Collapse, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "~/api";
import chat from "../chat/chat.module.css";
import editor from "../editor/editor.module.css";
import { specialistName, WRONG } from "../words";

type Case = Schemas["PlayedCase"];
type Turn = { wrote: string; replies: string[]; agent: string | null; outcome: string | null; reason: string | null };
type Verdict = { holds: boolean; why: string };

export function Cases({ id, playing, agent }: { id: string; playing: boolean; agent: string }) {
  const [own, setOwn] = useState(false);
  const cases = api.useQuery("get", "/api/evals/{eval_id}/cases", { params: { path: { eval_id: id } } }, { refetchInterval: playing ? 2_000 : false });
  const answered = (cases.data ?? []).filter((one) => turnsOf(one).some((turn) => turn.agent === agent));
  return (
    <Stack gap={6} mt="md">
      {cases.data && (
        <Checkbox size="xs" mb={4} checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} label={`Only where this agent answered: ${answered.length} of ${cases.data.length}`} />
      )}
      {(own ? answered : cases.data)?.map((one) => <OneCase key={one.case_id} played={one} />)}
    </Stack>
  );
}

function turnsOf(played: Case): Turn[] {
  return (played.played.turns ?? []) as Turn[];
}

function OneCase({ played }: { played: Case }) {
  const [opened, shown] = useDisclosure(!played.holds);
  const turns = turnsOf(played);
  const wrong = Object.values(played.verdicts as Record<string, Verdict>).filter((verdict) => !verdict.holds);
  return (
    <div>
      <Group gap="xs" wrap="nowrap">
        <UnstyledButton onClick={shown.toggle} aria-expanded={opened} className={editor.disclose}>
          <ChevronRight size={14} data-open={opened || undefined} aria-hidden />
          <Text size="sm" span c="var(--mantine-color-text)">{turns[0]?.wrote.slice(0, 90) ?? played.case_id}</Text>
        </UnstyledButton>
        <Badge color={played.holds ? "teal" : "red"}>{played.holds ? "As it should" : "Not so"}</Badge>
      </Group>
      <Collapse expanded={opened}>
        <Stack gap={8} p="xs">
          {turns.map((turn, index) => (
            <Stack key={index} gap={6}>
              <div className={chat.contact}>{turn.wrote}</div>
              {turn.replies.map((reply, at) => <div key={at} className={chat.agent}>{reply}</div>)}
              <Text size="xs" c="dimmed">{turn.agent && specialistName(turn.agent)}{turn.outcome && ` · ${turn.outcome.replace("_", " ")}`}{turn.reason && ` · ${turn.reason}`}</Text>
            </Stack>
          ))}
          {wrong.map((verdict) => <Text key={verdict.why} size="sm" c={WRONG}>{verdict.why}</Text>)}
        </Stack>
      </Collapse>
    </div>
  );
}
