/** What to paste into a web site, for channels that have something. */
import { Card, Tabs, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { api } from "~/api";
import { Copyable } from "~/ui/Copyable";
import type { Account } from "./health";

/** `bare`: without a frame and title of its own; `fallback`: where there is nothing to paste. */
export function Snippet({ account, bare, fallback = null }: { account: Account; bare?: boolean; fallback?: ReactNode }) {
  const { data, error } = api.useQuery("get", "/api/accounts/{account_id}/snippet", { params: { path: { account_id: account.id } } }, { retry: false });
  if (error) return fallback;
  if (!data) return null;
  const code = (
    <>
      <Text size="sm" c="dimmed" mb="xs">Paste it before the end of the page.</Text>
      <Tabs defaultValue="html">
        <Tabs.List>
          <Tabs.Tab value="html">HTML</Tabs.Tab>
          <Tabs.Tab value="fetch">JavaScript</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="html" pt="sm"><Copyable text={data.html} block /></Tabs.Panel>
        <Tabs.Panel value="fetch" pt="sm"><Copyable text={data.fetch} block /></Tabs.Panel>
      </Tabs>
    </>
  );
  if (bare) return code;
  return (
    <Card withBorder bg="var(--dyn-surface)" component="section" aria-label="Code for the web site">
      <Title order={2} size="h3">Code for your web site</Title>
      {code}
    </Card>
  );
}
