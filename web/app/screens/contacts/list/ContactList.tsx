/** The list itself: only the lines on the screen are drawn, the next page comes before it is needed. */
import { Button, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Plus, Users } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { client } from "~/api";
import { ChannelIcon } from "~/ui/channel";
import { calledBy } from "~/ui/contact";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { Face } from "../parts/Face";
import { type ContactLine, isChatOnly, nameOf, shownAddress, STATUSES, usePages } from "../parts/data";
import type { Filters } from "../search";
import classes from "./list.module.css";

const route = getRouteApi("/shell/contacts");
const PAGE = 50;
const HEIGHT = 52;

function useContacts({ sort = "active", ...filters }: Filters) {
  const query = { sort, ...filters };
  return usePages<ContactLine>(["contacts", "/api/contacts", query], async (cursor, signal) => {
    const { data } = await client.GET("/api/contacts", { params: { query: { ...query, cursor, limit: PAGE } }, signal });
    return data!;
  });
}

export function ContactList({ onAdd }: { onAdd: () => void }) {
  const filters = route.useSearch();
  const { items, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = useContacts(filters);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: items.length, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 12, getItemKey: (index) => items[index]!.id });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= items.length - 20) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (isPending) return <Lines count={10} height={36} />;
  if (error && !items.length) return <Failed error={error} retry={() => void refetch()} />;
  if (!items.length) return <NoContacts filters={filters} onAdd={onAdd} />;
  return (
    <div ref={box} className={classes.scroll} data-stale={isPlaceholderData || undefined} onKeyDown={moveFocus}>
      <ul className={classes.list} style={{ height: rows.getTotalSize() }} aria-label="Contacts">
        {rows.getVirtualItems().map(({ index, key, start }) => (
          <li key={key} className={classes.item} style={{ transform: `translateY(${start}px)` }} aria-setsize={hasNextPage ? -1 : items.length} aria-posinset={index + 1}>
            <Row contact={items[index]!} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Row({ contact }: { contact: ContactLine }) {
  const [address, ...more] = contact.addresses.filter(({ kind }) => kind !== "visitor" || contact.addresses.length === 1);
  const silent = contact.status === "do_not_contact" || contact.blocked_channels.some((entry) => !entry.includes("/"));
  return (
    <Link to="/contacts/$contactId" params={{ contactId: contact.id }} className={classes.row}>
      <Face name={nameOf(contact)} id={contact.id} />
      <span className={classes.name}>{contact.name ?? <em>{calledBy(null, isChatOnly(contact))}</em>}</span>
      <span className={classes.address}>
        {address && shownAddress(address)}
        {more.length > 0 && <small> +{more.length}</small>}
      </span>
      <span className={classes.marks}>
        {contact.status !== "lead" && contact.status !== "do_not_contact" && <span className={classes.mark}>{STATUSES[contact.status]}</span>}
        {silent && <span className={classes.mark} data-silent>{contact.status === "do_not_contact" ? "Do not contact" : "No messages"}</span>}
        {contact.tags.slice(0, 2).map((tag) => (
          <span key={tag} className={classes.mark}>{tag}</span>
        ))}
        {contact.tags.length > 2 && <small>+{contact.tags.length - 2}</small>}
      </span>
      <span className={classes.channels}>
        {contact.channels.map((channel) => (
          <ChannelIcon key={channel} channel={channel} />
        ))}
        {contact.open_conversations > 0 && <span className={classes.open}>{contact.open_conversations} open</span>}
      </span>
      <Text span size="xs" c="dimmed" className={classes.when}>
        <Ago at={contact.active_at} />
      </Text>
    </Link>
  );
}

function NoContacts({ filters, onAdd }: { filters: Filters; onAdd: () => void }) {
  const narrowed = Object.keys(filters).some((name) => name !== "sort");
  if (narrowed) {
    return (
      <Empty icon={<Users size={28} />} title="Nobody fits" action={<Button variant="default" renderRoot={(props) => <Link to="/contacts" {...props} />}>Show everybody</Button>}>
        Every word that was typed must begin a word of the name, an address, a tag or a field.
      </Empty>
    );
  }
  return (
    <Empty icon={<Users size={28} />} title="No contacts yet" action={<Button leftSection={<Plus size={15} />} onClick={onAdd}>Add the first one</Button>}>
      Whoever writes to one of your channels becomes a contact. You can also import a CSV file.
    </Empty>
  );
}

/** The arrows go from line to line. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" || event.key === "j" ? 1 : event.key === "ArrowUp" || event.key === "k" ? -1 : 0;
  if (!step) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>("a")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
