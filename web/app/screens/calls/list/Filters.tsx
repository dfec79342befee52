/** What narrows the list; all of it stands in the address. */
import { Button, NativeSelect, Pill } from "@mantine/core";
import { api } from "~/api";
import { titleOf } from "~/screens/agents/words";
import classes from "./list.module.css";
import { type CallSearch, DIRECTIONS, isNarrowed, STATES } from "./search";

export function Filters({ search, onChange }: { search: CallSearch; onChange: (search: CallSearch) => void }) {
  const agents = api.useQuery("get", "/api/agents", {}, { staleTime: 300_000 });
  const set = (changes: CallSearch) => onChange({ ...search, ...changes });
  const names = Object.fromEntries(agents.data?.items.map((agent) => [agent.name, titleOf(agent)]) ?? []);
  if (search.agent) names[search.agent] ??= search.agent;
  return (
    <div className={classes.bar} role="search" aria-label="Narrow the list">
      <Choice label="Outcome" all="Any outcome" value={search.state} options={STATES} onChange={(state) => set({ state: state as CallSearch["state"] })} />
      <Choice label="Direction" all="Both directions" value={search.direction} options={DIRECTIONS} onChange={(direction) => set({ direction: direction as CallSearch["direction"] })} />
      <Choice label="Agent" all="Any agent" value={search.agent} options={names} onChange={(agent) => set({ agent })} />
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

function OfContact({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { data } = api.useQuery("get", "/api/contacts/{contact_id}", { params: { path: { contact_id: id } } });
  return (
    <Pill withRemoveButton onRemove={onRemove} removeButtonProps={{ "aria-label": "Of any contact" }}>
      Contact: {data?.name ?? "…"}
    </Pill>
  );
}
