/** A server of tools of its own: its address, what it asks for, and what it offers. */
import { Badge, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { EFFECTS, WRONG } from "../words";
import type { PartProps } from "./Editor";

export function Mcp(props: PartProps) {
  const { agent, draft, readOnly } = props;
  const server = draft.settings.mcp_server;
  const isSaved = !!server && agent.settings.mcp_server?.url === server.url;
  return (
    <>
      <TextInput
        label="Address"
        placeholder="https://tools.example/mcp"
        value={server?.url ?? ""}
        maxLength={2000}
        readOnly={readOnly}
        onChange={(event) => {
          const url = event.currentTarget.value.trim();
          draft.set({ mcp_server: url ? { url, tools: null } : null });
        }}
      />
      {!readOnly && isSaved && <Secret {...props} />}
      {!readOnly && isSaved && <Offer key={server.url} agent={agent} />}
      {!readOnly && server && !isSaved && <Text size="xs" c="dimmed">Save it, then set its secret and see what it offers.</Text>}
    </>
  );
}

function Secret({ agent }: PartProps) {
  const queries = useQueryClient();
  const [secret, setSecret] = useState("");
  const keep = useAct((value: string | null) => client.PUT("/api/agents/{agent}/mcp-secret", { params: { path: { agent: agent.name } }, body: { secret: value } }), {
    failed: "The secret was not kept",
    done: "Kept",
    onDone: () => {
      setSecret("");
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents/{agent}"] });
      void queries.invalidateQueries({ queryKey: ["get", "/api/agents/{agent}/mcp-tools"] });
    },
  });
  return (
    <Group align="flex-end" gap="xs">
      <PasswordInput
        flex={1}
        miw={200}
        label="Secret"
        description="Sent to this server alone, as a bearer token. It is not shown again."
        placeholder={agent.mcp_secret_set ? "Set" : "None"}
        autoComplete="off"
        value={secret}
        maxLength={4000}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
      <Button variant="default" disabled={!secret} loading={keep.isPending} onClick={() => keep.mutate(secret)}>Keep</Button>
      {agent.mcp_secret_set && <Button variant="default" onClick={() => keep.mutate(null)}>Take out</Button>}
    </Group>
  );
}

function Offer({ agent }: { agent: PartProps["agent"] }) {
  const offer = api.useQuery("get", "/api/agents/{agent}/mcp-tools", { params: { path: { agent: agent.name } } });
  if (!offer.data) return <Text size="xs" c="dimmed" role="status">{offer.error ? "It could not be asked." : "Asking what it offers…"}</Text>;
  if (offer.data.error) return <Text size="sm" c={WRONG} role="status">{offer.data.error}</Text>;
  return (
    <Stack gap={8} role="group" aria-label="What it offers">
      {!offer.data.items.length && <Text size="sm" c="dimmed">It offers no tools.</Text>}
      {offer.data.items.map((tool) => (
        <div key={tool.name}>
          <Group gap="xs">
            <Text size="sm" ff="monospace">{tool.name}</Text>
            <Badge size="xs" variant="light" color="gray">{EFFECTS[tool.effect].label}</Badge>
            {tool.needs_yes && <Badge size="xs" variant="light" color="yellow">Asks a person</Badge>}
          </Group>
          <Text size="xs" c="dimmed" lineClamp={2}>{tool.description}</Text>
        </div>
      ))}
    </Stack>
  );
}
