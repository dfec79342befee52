import { Alert, Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client, said, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { capital, specialistName, type Agent } from "./words";

type Specialist = Schemas["NewAgent"]["based_on"];

/** An agent of the workspace's own; its name is made of its title, and stays. */
export function NewAgent({ close, known }: { close: () => void; known: Agent[] }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const specialists = known.filter((agent) => agent.kind === "specialist");
  const form = useForm({
    initialValues: { title: "", role: "", based_on: "chat" as Specialist },
    validate: { title: (title) => (nameOf(title) ? null : "A title with at least two letters") },
  });
  const create = useAct(
    (values: typeof form.values) =>
      client.POST("/api/agents", {
        body: { name: freeName(nameOf(values.title), known), based_on: values.based_on, settings: { title: values.title, role: values.role || null } },
      }),
    {
      failed: "The agent was not made",
      onDone: ({ data }) => {
        void queries.invalidateQueries({ queryKey: ["get", "/api/agents"] });
        if (data) void navigate({ to: "/agents/$agent", params: { agent: data.name } });
      },
    },
  );
  const chosen = specialists.find((one) => one.name === form.values.based_on);
  return (
    <Modal opened onClose={close} title="New agent">
      <form onSubmit={form.onSubmit((values) => create.mutate(values))}>
        <Stack gap="sm">
          <TextInput label="Title" placeholder="Front desk" maxLength={80} data-autofocus required {...form.getInputProps("title")} />
          <Select
            label="Behaves like"
            description={chosen ? capital(chosen.purpose) : undefined}
            data={specialists.map((one) => ({ value: one.name, label: specialistName(one.name) }))}
            allowDeselect={false}
            {...form.getInputProps("based_on")}
          />
          <Textarea label="Role" description="What it is there for: it is told so, and so is who chooses among agents." autosize minRows={2} maxLength={2000} {...form.getInputProps("role")} />
          {create.error && <Alert color="red">{said(create.error)}</Alert>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" loading={create.isPending}>Make it</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

// Words that stand in addresses where a name does.
const RESERVED = ["figures", "models", "new"];

function nameOf(title: string): string {
  const plain = title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "");
  return plain.length > 1 ? plain.slice(0, 36) : "";
}

function freeName(name: string, known: Agent[]): string {
  let free = name;
  for (let number = 2; RESERVED.includes(free) || known.some((agent) => agent.name === free); number++) free = `${name}_${number}`;
  return free;
}
