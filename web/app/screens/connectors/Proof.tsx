/** Whose an account's address is: proved by a mailed code, or by a record of its domain. */
import { Alert, Badge, Button, Card, Group, Stack, Tabs, Text, TextInput, Title } from "@mantine/core";
import { ShieldCheck, ShieldQuestion } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { client } from "~/api";
import { useIsAdmin } from "~/session";
import { useAct } from "~/ui/act";
import { Copyable } from "~/ui/Copyable";
import type { Account } from "./health";

const HOW: Record<string, string> = { code: "by a code", dns: "by its domain's record", operator: "by whoever runs this installation" };

export function Proof({ account }: { account: Account }) {
  const isAdmin = useIsAdmin();
  const missing = account.proof.addresses.filter((one) => !one.how);
  const [address, choose] = useState(missing[0]?.address);
  const wanted = missing.some((one) => one.address === address) ? address : missing[0]?.address;
  return (
    <Card withBorder bg="var(--dyn-surface)" component="section" aria-label="Proof of address">
      <Group gap="xs" mb="xs">
        {missing.length ? <ShieldQuestion size={18} aria-hidden /> : <ShieldCheck size={18} aria-hidden />}
        <Title order={2} size="h3">{missing.length ? "Prove the address" : "The address is yours"}</Title>
      </Group>
      {account.proof.to_do && <Text size="sm" c="dimmed" mb="xs">{account.proof.to_do}</Text>}
      <Stack gap={4}>
        {account.proof.addresses.map((one) => (
          <Group key={one.address} gap="sm">
            <Text size="sm">{one.address}</Text>
            {one.how ? <Badge color="teal">Proved {HOW[one.how]}</Badge> : isAdmin && one.address !== wanted ? <Button size="compact-xs" variant="default" onClick={() => choose(one.address)}>Prove this one</Button> : <Badge color="yellow">Not proved</Badge>}
          </Group>
        ))}
      </Stack>
      {isAdmin && wanted && (
        <Tabs defaultValue="code" mt="md">
          <Tabs.List>
            <Tabs.Tab value="code">By a code</Tabs.Tab>
            <Tabs.Tab value="dns">By a DNS record</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="code" pt="sm"><ByCode accountId={account.id} address={wanted} /></Tabs.Panel>
          <Tabs.Panel value="dns" pt="sm"><ByRecord accountId={account.id} address={wanted} /></Tabs.Panel>
        </Tabs>
      )}
    </Card>
  );
}

function useRenewed() {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ["get", "/api/accounts/{account_id}"] });
    void queries.invalidateQueries({ queryKey: ["get", "/api/accounts"] });
  };
}

function ByCode({ accountId, address }: { accountId: string; address: string }) {
  const [code, type] = useState("");
  const renewed = useRenewed();
  const params = { path: { account_id: accountId } };
  const send = useAct(() => client.POST("/api/accounts/{account_id}/prove/code", { params, body: { address } }), { failed: "No code was sent" });
  const give = useAct(() => client.POST("/api/accounts/{account_id}/prove", { params, body: { address, code: code.trim() } }), { done: `${address} is proved`, failed: "It is not proved", onDone: renewed });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give.mutate(undefined);
  };
  return (
    <Stack gap="sm">
      <Text size="sm">We mail a code to {address}. It is good for half an hour.</Text>
      <div>
        <Button variant={send.isSuccess ? "default" : "filled"} loading={send.isPending} onClick={() => send.mutate(undefined)}>{send.isSuccess ? "Send another code" : "Send the code"}</Button>
      </div>
      {send.isSuccess && (
        <form onSubmit={submit}>
          <Group align="flex-end" gap="sm">
            <TextInput label="Code from the mail" inputMode="numeric" autoComplete="one-time-code" maxLength={40} value={code} onChange={(event) => type(event.currentTarget.value)} />
            <Button type="submit" size="sm" loading={give.isPending} disabled={!code.trim()}>Prove it</Button>
          </Group>
        </form>
      )}
    </Stack>
  );
}

function ByRecord({ accountId, address }: { accountId: string; address: string }) {
  const renewed = useRenewed();
  const look = useAct(() => client.POST("/api/accounts/{account_id}/prove/dns", { params: { path: { account_id: accountId } }, body: { address } }), {
    failed: "It could not be looked up",
    onDone: ({ data }) => data?.proved && renewed(),
  });
  const found = look.data?.data;
  return (
    <Stack gap="sm">
      <Text size="sm">A record at the domain proves all your addresses there, also those you connect later.</Text>
      {found && (
        <>
          <Copyable label={`Name of the ${found.record_type} record`} text={found.record_name} />
          <Copyable label="Its value" text={found.record_value} />
          <Alert color={found.proved ? "teal" : "yellow"}>{found.found}</Alert>
        </>
      )}
      <div>
        <Button variant={found ? "default" : "filled"} loading={look.isPending} onClick={() => look.mutate(undefined)}>{found ? "Look again" : "Show the record"}</Button>
      </div>
    </Stack>
  );
}
