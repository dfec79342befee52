/** Who changed what, with filters that stand in the address, and as a file. */
import { Button, Code, Collapse, Group, Select, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download, History } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api, PAGED, type Schemas } from "~/api";
import { Empty, Failed, Lines } from "~/ui/states";
import { exactly } from "~/ui/time";
import { Part } from "./Part";
import classes from "./Settings.module.css";

type Wanted = { actor?: string; action?: string; subject?: string; since?: string; until?: string };
const WHO = [
  { value: "member", label: "Members" },
  { value: "key", label: "API keys" },
  { value: "agent", label: "Agents" },
  { value: "staff", label: "Staff" },
  { value: "system", label: "The product itself" },
];

export default function AuditLog() {
  const wanted = useSearch({ strict: false }) as Wanted;
  const query = { ...wanted, since: wanted.since && `${wanted.since}T00:00:00Z`, until: wanted.until && `${wanted.until}T23:59:59Z` };
  const log = api.useInfiniteQuery(
    "get",
    "/api/audit-log",
    { params: { query: { ...query, limit: 50 } } },
    { ...PAGED, meta: { live: false } },
  );
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const file = `/api/audit-log.csv?${new URLSearchParams(given).toString()}`;
  return (
    <>
      <Filters key={JSON.stringify(wanted)} wanted={wanted} />
      <Part title="Changes" flush action={<Button component="a" href={file} variant="default" leftSection={<Download size={14} aria-hidden />}>As a file</Button>}>
        {log.error && !log.data && <Failed error={log.error} retry={() => void log.refetch()} />}
        {log.isPending && <Lines />}
        {log.data && !entries.length && <Empty icon={<History size={22} />} title="No such change">{given.length ? "Take a filter away to see more." : "Changes of settings, people and contacts stand here."}</Empty>}
        {entries.map((entry) => <Entry key={entry.id} entry={entry} />)}
        {log.hasNextPage && <Button fullWidth variant="subtle" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>Earlier</Button>}
      </Part>
    </>
  );
}

function Filters({ wanted }: { wanted: Wanted }) {
  const [draft, change] = useState(wanted);
  const navigate = useNavigate();
  const go = (next: Wanted) => {
    const search = Object.fromEntries(Object.entries(next).filter(([, value]) => value));
    void navigate({ to: "/settings/$section", params: { section: "audit-log" }, search, replace: true });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(draft);
  };
  return (
    <form onSubmit={submit} style={{ marginBottom: 20 }}>
      <Group gap="sm" align="flex-end">
        <Select label="By" size="xs" w={150} clearable placeholder="Anybody" data={WHO} value={WHO.some((one) => one.value === draft.actor) ? draft.actor : null} onChange={(actor) => go({ ...draft, actor: actor ?? undefined })} />
        <TextInput label="Action" size="xs" w={150} placeholder="contact." value={draft.action ?? ""} onChange={(event) => change({ ...draft, action: event.currentTarget.value })} />
        <TextInput label="Subject" size="xs" w={170} placeholder="contact:…" value={draft.subject ?? ""} onChange={(event) => change({ ...draft, subject: event.currentTarget.value })} />
        <TextInput label="From" size="xs" type="date" value={draft.since ?? ""} onChange={(event) => change({ ...draft, since: event.currentTarget.value })} />
        <TextInput label="Until" size="xs" type="date" value={draft.until ?? ""} onChange={(event) => change({ ...draft, until: event.currentTarget.value })} />
        <Button type="submit" variant="default">Show</Button>
        {Object.keys(wanted).length > 0 && <Button variant="subtle" onClick={() => go({})}>Clear</Button>}
      </Group>
    </form>
  );
}

function Entry({ entry }: { entry: Schemas["AuditEntry"] }) {
  const [opened, details] = useDisclosure(false);
  return (
    <UnstyledButton className={classes.entry} onClick={details.toggle} aria-expanded={opened}>
      <Text size="sm" c="dimmed" component="time" dateTime={entry.created_at}>{exactly(entry.created_at)}</Text>
      <span>{entry.actor_name}</span>
      <span><b>{entry.action}</b> <Text span size="xs" c="dimmed">{entry.subject}</Text></span>
      <Collapse expanded={opened} className={classes.detail}>
        <Code block>{JSON.stringify(entry.detail, null, 2)}</Code>
      </Collapse>
    </UnstyledButton>
  );
}
