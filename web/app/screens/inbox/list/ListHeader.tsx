import { ActionIcon, CloseButton, Group, Indicator, Menu, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Check, ListFilter, Search } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { api } from "~/api";
import { channelName } from "~/ui/channel";
import { TagDot } from "../handling/TagDot";
import { placeOf, type Queue } from "../queues";
import type { InboxSearch } from "../search";
import classes from "./list.module.css";

const TYPED_MS = 200;

/** What the list shows: search, channel, tag, order. All of it is in the address. */
export function ListHeader({ queue, search, field }: { queue: Queue; search: InboxSearch; field: RefObject<HTMLInputElement | null> }) {
  const navigate = useNavigate();
  const set = (changes: Partial<InboxSearch>) => void navigate({ to: ".", search: { ...search, ...changes }, replace: true });
  const [typed, type] = useState(search.q ?? "");
  const find = useDebouncedCallback((q: string) => set({ q: q.trim() || undefined }), TYPED_MS);
  useEffect(() => type(search.q ?? ""), [search.q, queue]);
  return (
    <div className={classes.header}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={1} size="h3">
          {placeOf(queue).label}
        </Title>
        <Filters search={search} set={set} />
      </Group>
      <TextInput
        ref={field}
        size="xs"
        type="search"
        placeholder="Name, address, subject or words"
        aria-label="Search conversations"
        leftSection={<Search size={14} aria-hidden />}
        value={typed}
        onChange={(event) => {
          type(event.currentTarget.value);
          find(event.currentTarget.value);
        }}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        rightSection={
          typed && (
            <CloseButton
              size="xs"
              aria-label="Clear the search"
              onClick={() => {
                type("");
                set({ q: undefined });
              }}
            />
          )
        }
      />
    </div>
  );
}

function Filters({ search, set }: { search: InboxSearch; set: (changes: Partial<InboxSearch>) => void }) {
  const { data: tags } = api.useQuery("get", "/api/tags");
  const { data: accounts } = api.useQuery("get", "/api/accounts", {}, { staleTime: 300_000 });
  const channels = [...new Set((accounts?.items ?? []).map(({ channel }) => channel))];
  const narrowed = Boolean(search.channel || search.tag || search.sort || search.sla);
  const mark = (on: boolean) => (on ? <Check size={14} aria-hidden /> : undefined);
  return (
    <Menu position="bottom-end" width={220} closeOnItemClick={false}>
      <Indicator disabled={!narrowed} size={7} offset={4}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={narrowed ? "Filter and order: narrowed" : "Filter and order"}>
            <ListFilter size={16} />
          </ActionIcon>
        </Menu.Target>
      </Indicator>
      <Menu.Dropdown>
        <Menu.Label>Order</Menu.Label>
        <Menu.Item rightSection={mark(!search.sort)} onClick={() => set({ sort: undefined })}>
          Newest activity first
        </Menu.Item>
        <Menu.Item rightSection={mark(search.sort === "due")} onClick={() => set({ sort: "due" })}>
          Due first
        </Menu.Item>
        <Menu.Label>SLA target</Menu.Label>
        <Menu.Item rightSection={mark(search.sla === "warning")} onClick={() => set({ sla: search.sla === "warning" ? undefined : "warning" })}>
          Nearly due or missed
        </Menu.Item>
        <Menu.Item rightSection={mark(search.sla === "breached")} onClick={() => set({ sla: search.sla === "breached" ? undefined : "breached" })}>
          Missed
        </Menu.Item>
        {channels.length > 1 && <Menu.Label>Channel</Menu.Label>}
        {channels.length > 1 &&
          channels.map((channel) => (
            <Menu.Item key={channel} rightSection={mark(search.channel === channel)} onClick={() => set({ channel: search.channel === channel ? undefined : channel })}>
              {channelName(channel)}
            </Menu.Item>
          ))}
        {Boolean(tags?.items.length) && <Menu.Label>Tag</Menu.Label>}
        {tags?.items.map((tag) => (
          <Menu.Item key={tag.id} leftSection={<TagDot colour={tag.colour} />} rightSection={mark(search.tag === tag.id)} onClick={() => set({ tag: search.tag === tag.id ? undefined : tag.id })}>
            {tag.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
