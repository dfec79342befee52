/** By when contacts have an answer: policies in the order in which they are tried. */
import { ActionIcon, Button, Fieldset, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, client, type Schemas } from "~/api";
import { useIsAdmin } from "~/session";
import { channelName } from "~/ui/channel";
import { Failed, Lines } from "~/ui/states";
import { Form, Part } from "./Part";

type Policy = Required<Schemas["NewPolicy"]>;
type Change = (changes: Partial<Policy>) => void;

const USUAL: Policy = {
  name: "Standard",
  channels: [],
  team_ids: [],
  contact_tags: [],
  tag_ids: [],
  first_response_minutes: 60,
  next_response_minutes: 240,
  resolution_minutes: 1_440,
  business_hours: true,
  warn_percent: 80,
  warn_minutes: null,
};
const TARGETS = [
  { key: "first_response_minutes", label: "First response" },
  { key: "next_response_minutes", label: "Next response" },
  { key: "resolution_minutes", label: "Resolution" },
] as const;

export default function Sla() {
  const { data, error, refetch } = api.useQuery("get", "/api/sla/policies");
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Lines />;
  const stored = data.policies.map(asWritten);
  return <Editor key={JSON.stringify(stored)} stored={stored} />;
}

function asWritten({ id: _, ...policy }: Schemas["Policy"]): Policy {
  return { ...USUAL, ...policy };
}

function Editor({ stored }: { stored: Policy[] }) {
  const isAdmin = useIsAdmin();
  const [policies, change] = useState(stored);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => client.PUT("/api/sla/policies", { body: { policies } }),
    onSuccess: async () => {
      notifications.show({ message: "Saved" });
      await queries.invalidateQueries({ queryKey: ["get", "/api/sla/policies"] });
    },
  });
  const set = (index: number, changes: Partial<Policy>) => change(policies.map((policy, at) => (at === index ? { ...policy, ...changes } : policy)));
  const swap = (index: number) => change(policies.map((policy, at) => (at === index ? policies[at + 1]! : at === index + 1 ? policies[at - 1]! : policy)));
  const add = () => {
    const names = new Set(policies.map(({ name }) => name));
    let name = USUAL.name;
    for (let number = 2; names.has(name); number += 1) name = `${USUAL.name} ${number}`;
    change([...policies, { ...USUAL, name }]);
  };
  return (
    <Part title="SLA policies" about="By when a contact has an answer. The first policy that fits a conversation counts for it; without one no clock runs.">
      <Form onSubmit={() => save.mutate()} error={save.error} busy={save.isPending} isChanged={JSON.stringify(policies) !== JSON.stringify(stored)} discard={() => change(stored)} readOnly={!isAdmin}>
        {!policies.length && <Text size="sm">There are no policies.</Text>}
        {policies.map((policy, index) => (
          <Fieldset key={index} legend={policy.name || "A policy without a name"}>
            <Stack gap="sm">
              <Group align="flex-end" wrap="nowrap">
                <TextInput label="Name" flex={1} maxLength={200} value={policy.name} onChange={(event) => set(index, { name: event.currentTarget.value })} />
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${policy.name}: earlier`} disabled={index === 0} onClick={() => swap(index - 1)}><ArrowUp size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${policy.name}: later`} disabled={index === policies.length - 1} onClick={() => swap(index)}><ArrowDown size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${policy.name}`} onClick={() => change(policies.filter((_, at) => at !== index))}><Trash2 size={15} /></ActionIcon>
              </Group>
              <Fits policy={policy} set={(changes) => set(index, changes)} />
              <Targets policy={policy} set={(changes) => set(index, changes)} />
            </Stack>
          </Fieldset>
        ))}
        {isAdmin && (
          <Group>
            <Button variant="default" onClick={add}>Add a policy</Button>
          </Group>
        )}
      </Form>
    </Part>
  );
}

function Fits({ policy, set }: { policy: Policy; set: Change }) {
  const { data: accounts } = api.useQuery("get", "/api/accounts", {}, { staleTime: 300_000 });
  const { data: teams } = api.useQuery("get", "/api/teams");
  const { data: tags } = api.useQuery("get", "/api/tags");
  const channels = [...new Set([...(accounts?.items ?? []).map(({ channel }) => channel), ...policy.channels])];
  // One that is gone since fits nothing, and has to be taken out before the policy is saved again.
  const named = (items: { id: string; name: string }[] = [], chosen: string[]) => [
    ...items.map(({ id, name }) => ({ value: id, label: name })),
    ...chosen.filter((id) => !items.some((one) => one.id === id)).map((id) => ({ value: id, label: "Gone" })),
  ];
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <MultiSelect label="Channels" placeholder={policy.channels.length ? undefined : "Every channel"} data={channels.map((channel) => ({ value: channel, label: channelName(channel) }))} value={policy.channels} onChange={(chosen) => set({ channels: chosen })} />
      <MultiSelect label="Teams" placeholder={policy.team_ids.length ? undefined : "Any, or none"} data={named(teams?.items, policy.team_ids)} value={policy.team_ids} onChange={(chosen) => set({ team_ids: chosen })} />
      <TagsInput label="Tags of the contact" placeholder={policy.contact_tags.length ? undefined : "Every contact"} value={policy.contact_tags} onChange={(chosen) => set({ contact_tags: chosen })} />
      <MultiSelect label="Tags of the conversation" placeholder={policy.tag_ids.length ? undefined : "Every conversation"} data={named(tags?.items, policy.tag_ids)} value={policy.tag_ids} onChange={(chosen) => set({ tag_ids: chosen })} />
    </SimpleGrid>
  );
}

function Targets({ policy, set }: { policy: Policy; set: Change }) {
  const way = policy.warn_percent !== null ? "percent" : policy.warn_minutes !== null ? "minutes" : "never";
  const warn = (how: string | null) => set({ warn_percent: how === "percent" ? 80 : null, warn_minutes: how === "minutes" ? 10 : null });
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {TARGETS.map(({ key, label }) => (
          <NumberInput key={key} label={label} placeholder="No target" min={1} allowDecimal={false} suffix=" min" value={policy[key] ?? ""} onChange={(value) => set({ [key]: value === "" ? null : Number(value) })} />
        ))}
      </SimpleGrid>
      <Group align="flex-end">
        <Select label="Warn" w={250} allowDeselect={false} data={[{ value: "percent", label: "After a share of the target" }, { value: "minutes", label: "Before it is due" }, { value: "never", label: "Never" }]} value={way} onChange={warn} />
        {way === "percent" && <NumberInput aria-label="Share of the target" w={100} min={1} max={99} allowDecimal={false} suffix=" %" value={policy.warn_percent ?? ""} onChange={(value) => set({ warn_percent: Number(value) || 1 })} />}
        {way === "minutes" && <NumberInput aria-label="Minutes before" w={100} min={1} allowDecimal={false} suffix=" min" value={policy.warn_minutes ?? ""} onChange={(value) => set({ warn_minutes: Number(value) || 1 })} />}
        <Switch label="Only opening hours count" mb={8} checked={policy.business_hours} onChange={(event) => set({ business_hours: event.currentTarget.checked })} />
      </Group>
    </>
  );
}
