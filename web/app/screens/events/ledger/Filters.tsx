/** What narrows the ledger; all of it stands in the address. */
import { Button, NativeSelect, Pill, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { api } from "~/api";
import { channelName } from "~/ui/channel";
import classes from "./ledger.module.css";
import { isNarrowed, type LedgerSearch, STATES } from "./search";

const PERIODS = { "1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days" };

type Props = { search: LedgerSearch; onChange: (search: LedgerSearch) => void; short?: boolean };

export function Filters({ search, onChange, short }: Props) {
  const accounts = api.useQuery("get", "/api/accounts", { params: { query: { limit: 100 } } });
  const members = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } });
  const set = (changes: LedgerSearch) => onChange({ ...search, ...changes });
  const channels = [...new Set([...(accounts.data?.items.map(({ channel }) => channel) ?? []), ...(search.channel ? [search.channel] : [])])];
  const ofChannel = accounts.data?.items.filter(({ channel }) => !search.channel || channel === search.channel) ?? [];
  return (
    <div className={`${classes.bar} ${classes.filters}`} role="search" aria-label="Narrow the list">
      <Words value={search.q} onChange={(q) => set({ q })} />
      <Choice label="State" all="Any state" value={search.state} options={STATES} onChange={(state) => set({ state: state as LedgerSearch["state"] })} />
      <Choice
        label="Channel"
        all="All channels"
        value={search.channel}
        options={Object.fromEntries(channels.map((name) => [name, channelName(name)]))}
        onChange={(channel) => set({ channel, account: undefined })}
      />
      <Choice
        label="Owner"
        all="Anybody's"
        value={search.owner}
        options={{ me: "Mine", team: "The team's", agent: "The AI's", ...Object.fromEntries(members.data?.items.map(({ id, name }) => [id, name]) ?? []) }}
        onChange={(owner) => set({ owner })}
      />
      {!short && (
        <>
          <Choice
            label="Source"
            all="All sources"
            value={search.account}
            options={Object.fromEntries(ofChannel.map(({ id, channel, address }) => [id, `${channelName(channel)}: ${address}`]))}
            onChange={(account) => set({ account })}
          />
          <Choice label="Period" all="Any time" value={search.days?.toString()} options={PERIODS} onChange={(days) => set({ days: days ? Number(days) : undefined })} />
          <Choice label="Kind" all="Messages" value={search.kind} options={{ all: "With follow-ups" }} onChange={(kind) => set({ kind: kind as "all" | undefined })} />
        </>
      )}
      {search.contact && <OfContact id={search.contact} onRemove={() => set({ contact: undefined })} />}
      {isNarrowed(search) && (
        <Button variant="subtle" color="gray" onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </div>
  );
}

type ChoiceProps = { label: string; all: string; value: string | undefined; options: Record<string, string>; onChange: (value: string | undefined) => void };

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
      data={[{ value: "", label: all }, ...Object.entries(options).map(([key, text]) => ({ value: key, label: text }))]}
    />
  );
}

function Words({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [typed, type] = useState(value ?? "");
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), 250);
  useEffect(() => type((now) => (now.trim() === (value ?? "") ? now : (value ?? ""))), [value]);
  return (
    <TextInput
      size="xs"
      aria-label="Search in subject, text, name and address"
      placeholder="Words, name, address"
      leftSection={<Search size={14} aria-hidden />}
      value={typed}
      onChange={(event) => {
        type(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}

function OfContact({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { data } = api.useQuery("get", "/api/contacts/{contact_id}", { params: { path: { contact_id: id } } });
  return (
    <Pill withRemoveButton onRemove={onRemove} removeButtonProps={{ "aria-label": "Of any contact" }}>
      Contact: {data?.name ?? "…"}
    </Pill>
  );
}
