/** Search and filters; the address holds them, so that a filtered list can be kept and sent. */
import { ActionIcon, Button, Chip, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { Search, SlidersHorizontal, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api } from "~/api";
import { isTyping } from "~/shell/keys";
import { channelName } from "~/ui/channel";
import { STATUSES, type Status } from "../parts/data";
import type { Filters, Sort } from "../search";
import classes from "./list.module.css";

const route = getRouteApi("/shell/contacts");
const CHANNELS = ["email", "webchat", "whatsapp", "forms", "voice_twilio"];
const SORTS: { value: Sort; label: string }[] = [
  { value: "active", label: "Last active first" },
  { value: "created", label: "Newest first" },
  { value: "name", label: "By name" },
];

export function FilterBar() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<Filters>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const { data: tags } = api.useQuery("get", "/api/contacts/tags", {}, { meta: { live: "slow" } });
  const { sort, q, ...narrowing } = filters;
  const [opened, { toggle }] = useDisclosure(Object.keys(narrowing).length > 0);
  return (
    <Group className={classes.bar} gap="xs" role="search" aria-label="Contacts">
      <SearchField typed={q ?? ""} change={(typed) => change({ q: typed || undefined })} />
      <Button className={classes.toggle} variant="default" leftSection={<SlidersHorizontal size={14} aria-hidden />} aria-expanded={opened} onClick={toggle}>
        Filters
      </Button>
      <div className={classes.filters} data-opened={opened || undefined}>
        <Select
          size="xs"
          w={130}
          placeholder="Any status"
          aria-label="Status"
          clearable
          data={Object.entries(STATUSES).map(([value, label]) => ({ value, label }))}
          value={filters.status ?? null}
          onChange={(status) => change({ status: (status as Status | null) ?? undefined })}
        />
        <Select
          size="xs"
          w={130}
          placeholder="Any channel"
          aria-label="Channel"
          clearable
          data={CHANNELS.map((value) => ({ value, label: channelName(value) }))}
          value={filters.channel ?? null}
          onChange={(channel) => change({ channel: channel ?? undefined })}
        />
        {(tags?.items.length || filters.tag) && (
          <Select
            size="xs"
            w={130}
            placeholder="Any tag"
            aria-label="Tag"
            clearable
            searchable
            data={[...new Set([...(tags?.items.map(({ tag }) => tag) ?? []), ...(filters.tag ? [filters.tag] : [])])]}
            value={filters.tag ?? null}
            onChange={(tag) => change({ tag: tag ?? undefined })}
          />
        )}
        <Chip size="xs" radius="sm" variant="outline" checked={filters.open ?? false} onChange={(on) => change({ open: on || undefined })}>
          Open conversation
        </Chip>
        <Chip size="xs" radius="sm" variant="outline" checked={filters.blocked ?? false} onChange={(on) => change({ blocked: on || undefined })}>
          Wants no messages
        </Chip>
        {Object.keys(narrowing).length > 0 && (
          <ActionIcon variant="subtle" color="gray" aria-label="Clear filters" title="Clear filters" onClick={() => void navigate({ search: { sort, q }, replace: true })}>
            <X size={16} />
          </ActionIcon>
        )}
      </div>
      <Select
        size="xs"
        w={150}
        ml="auto"
        aria-label="Order"
        allowDeselect={false}
        data={SORTS}
        value={sort ?? "active"}
        onChange={(chosen) => change({ sort: chosen === "active" ? undefined : (chosen as Sort) })}
      />
    </Group>
  );
}

/** What is typed is asked for a moment later; "/" leads here. */
function SearchField({ typed, change }: { typed: string; change: (typed: string) => void }) {
  const [text, setText] = useState(typed);
  const field = useRef<HTMLInputElement>(null);
  const sent = useRef(typed);
  const send = useDebouncedCallback((value: string) => {
    sent.current = value.trim();
    change(sent.current);
  }, 180);
  useEffect(() => {
    if (typed !== sent.current) {
      sent.current = typed; // somebody went back, or followed a link
      setText(typed);
    }
  }, [typed]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  return (
    <TextInput
      ref={field}
      size="xs"
      className={classes.search}
      type="search"
      placeholder="Name, address, tag, field…"
      aria-label="Search contacts"
      leftSection={<Search size={14} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}
