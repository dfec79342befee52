import { Checkbox, Stack, Text } from "@mantine/core";
import { api } from "~/api";
import { aboutOf, titleOf } from "../words";
import type { PartProps } from "./Editor";

/** Whom the supervisor chooses from. */
export function Supervising({ draft, readOnly }: PartProps) {
  const agents = (api.useQuery("get", "/api/agents").data?.items ?? []).filter((agent) => agent.kind !== "supervisor");
  const all = agents.map((agent) => agent.name);
  const chosen = new Set(draft.settings.chooses_from ?? all);
  const choose = (name: string, on: boolean) => {
    const next = all.filter((one) => (one === name ? on : chosen.has(one)));
    if (next.length) draft.set({ chooses_from: next.length === all.length ? null : next });
  };
  return (
    <Stack gap={8}>
      <Text size="xs" c="dimmed">An account with an agent of its own does not ask the supervisor.</Text>
      {agents.map((agent) => (
        <Checkbox
          key={agent.name}
          size="sm"
          label={titleOf(agent)}
          description={agent.active ? aboutOf(agent) : "Inactive"}
          checked={chosen.has(agent.name)}
          disabled={readOnly || (chosen.size === 1 && chosen.has(agent.name))}
          onChange={(event) => choose(agent.name, event.currentTarget.checked)}
        />
      ))}
    </Stack>
  );
}
