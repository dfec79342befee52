/** How long each kind of content is kept, with a look at what the next round would take. */
import { Alert, Button, Group, NumberInput, SimpleGrid } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { api, client, said, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { faultsIn } from "~/screens/connectors/faults";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "./Part";

type Days = Schemas["Retention"];
const KINDS: { key: keyof Days; label: string; about: string }[] = [
  { key: "messages", label: "Messages", about: "Texts of conversations that are over." },
  { key: "attachments", label: "Attachments", about: "Files that came with messages." },
  { key: "raw_events", label: "Arrivals as they came", about: "The raw mail or request." },
  { key: "journals", label: "Agents' journals", about: "What agents were told, said and did." },
  { key: "exports", label: "Exports of contacts", about: "7 days where nothing is said." },
  { key: "audit", label: "Audit log", about: "Who changed what." },
];

export default function Retention() {
  const { data, error, refetch } = api.useQuery("get", "/api/settings/retention");
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  return <Editor stored={data} />;
}

function Editor({ stored }: { stored: Days }) {
  const isAdmin = useIsAdmin();
  const [days, change] = useState(stored);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => client.PUT("/api/settings/retention", { body: days }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["get", "/api/settings/retention"] });
      notifications.show({ message: "Saved" });
    },
  });
  const preview = useMutation({ mutationFn: () => client.POST("/api/settings/retention/preview", { body: days }) });
  const faults = faultsIn(save.error);
  const isChanged = KINDS.some(({ key }) => days[key] !== stored[key]);
  const counts = preview.data?.data?.counts;
  return (
    <Part title="How long things are kept" about="Days; empty keeps for ever. What is over goes each night, and cannot be brought back.">
      <Form onSubmit={() => save.mutate()} error={save.error} busy={save.isPending} isChanged={isChanged} discard={() => change(stored)} readOnly={!isAdmin}>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {KINDS.map(({ key, label, about }) => (
            <NumberInput key={key} label={label} description={about} placeholder="For ever" min={1} allowDecimal={false} suffix=" days" disabled={!isAdmin} error={faults[key]} value={days[key] ?? ""} onChange={(value) => change({ ...days, [key]: value === "" ? null : Number(value) })} />
          ))}
        </SimpleGrid>
        {isAdmin && (
          <Group>
            <Button variant="default" loading={preview.isPending} onClick={() => preview.mutate()}>What would go now?</Button>
          </Group>
        )}
        {preview.error && <Alert color="red">{said(preview.error)}</Alert>}
        {counts && <Alert color="gray" title="The next round would take">{wouldTake(counts)}</Alert>}
      </Form>
    </Part>
  );
}

function wouldTake(counts: Record<string, Record<string, number>>): string {
  const taken = Object.entries(counts).flatMap(([kind, tables]) => {
    const n = Object.values(tables).reduce((sum, one) => sum + one, 0);
    return n ? [`${n} of ${KINDS.find((one) => one.key === kind)?.label.toLowerCase() ?? kind}`] : [];
  });
  return taken.join(", ") || "Nothing.";
}
