import { Button, Checkbox, Group, Modal, Select, Stack, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { specialistName, type AgentDetail } from "../words";

type Case = Schemas["NewRun"]["cases"][number];
type Ends = NonNullable<Case["expect"]["outcome"]> | "any";

const MOST = 200;

/** What customers might write, one message a line. */
export function NewEval({ agent, close, started }: { agent: AgentDetail; close: () => void; started: (id: string) => void }) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { lines: "", channel: "webchat" as Case["channel"], ends: "answered" as Ends, language: "en", here: true, version: "" },
    validate: { lines: (lines) => (linesOf(lines).length ? null : "At least one message") },
  });
  const start = useAct(
    (values: typeof form.values) =>
      client.POST("/api/evals", {
        body: {
          cases: linesOf(values.lines).map((text, index): Case => ({
            id: `line-${String(index + 1).padStart(3, "0")}`,
            channel: values.channel,
            language: values.language,
            title: text.slice(0, 100),
            subject: values.channel === "email" ? text.slice(0, 60) : null,
            name: "Robin Rehearsal",
            turns: [text.replaceAll(/[{}]/g, "")],
            expect: {
              ...EXPECTS_NOTHING,
              outcome: values.ends === "any" ? null : values.ends,
              specialist: values.here && agent.specialist ? [agent.specialist] : [],
            },
          })),
          agent_versions: values.version ? { [agent.name]: Number(values.version) } : {},
        },
      }),
    {
      failed: "It was not started",
      onDone: ({ data }) => {
        void queries.invalidateQueries({ queryKey: ["get", "/api/evals"] });
        close();
        if (data) started(data.id);
      },
    },
  );
  const versions = Array.from({ length: agent.version }, (_, index) => ({ value: String(index + 1), label: `Version ${index + 1}` })).reverse();
  return (
    <Modal opened onClose={close} title="New rehearsal" size="lg">
      <form onSubmit={form.onSubmit((values) => start.mutate(values))}>
        <Stack gap="sm">
          <Textarea label="What customers write" description={`One message a line, up to ${MOST}: each is a conversation of its own.`} autosize minRows={5} maxRows={14} data-autofocus {...form.getInputProps("lines")} />
          <Group grow>
            <Select label="On" allowDeselect={false} data={[{ value: "webchat", label: "Chat" }, { value: "email", label: "E-mail" }, { value: "whatsapp", label: "A messenger" }]} {...form.getInputProps("channel")} />
            <Select label="In" allowDeselect={false} data={[{ value: "en", label: "English" }, { value: "de", label: "German" }, { value: "es", label: "Spanish" }, { value: "fr", label: "French" }]} {...form.getInputProps("language")} />
          </Group>
          <Group grow>
            <Select label="Should be" allowDeselect={false} data={[{ value: "answered", label: "Answered" }, { value: "handed_off", label: "Handed to a person" }, { value: "ignored", label: "Left without an answer" }, { value: "any", label: "However" }]} {...form.getInputProps("ends")} />
            <Select label="With this agent" placeholder="As it is saved" clearable data={versions} {...form.getInputProps("version")} onChange={(value) => form.setFieldValue("version", value ?? "")} />
          </Group>
          {agent.specialist && <Checkbox label={`They should come to ${specialistName(agent.specialist)}`} {...form.getInputProps("here", { type: "checkbox" })} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={start.isPending}>Play them</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const EXPECTS_NOTHING: Case["expect"] = { specialist: [], passages: [], knowledge: false, escalate: false, says: [], never: [] };

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, MOST);
}
