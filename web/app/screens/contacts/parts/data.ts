/** What the screens of contacts and tasks share: names, words, pages of a list. */
import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, type Schemas } from "~/api";
import { calledBy } from "~/ui/contact";

export type Contact = Schemas["Contact"];
export type ContactLine = Schemas["ContactLine"];
export type Address = Contact["addresses"][number];
export type Status = Contact["status"];

export const STATUSES: Record<Status, string> = {
  lead: "Lead",
  customer: "Customer",
  partner: "Partner",
  other: "Other",
  do_not_contact: "Do not contact",
};

export const ADDRESS_KINDS: Record<string, string> = {
  email: "E-mail",
  phone: "Phone",
  whatsapp: "WhatsApp",
  slack: "Slack",
  crm: "CRM",
  visitor: "Chat",
};

/** A chat session's address is a hash, which tells people nothing. */
export function shownAddress({ kind, value, display }: Pick<Address, "kind" | "value"> & { display?: string | null }): string {
  return kind === "visitor" ? ADDRESS_KINDS.visitor! : (display ?? value);
}

type Named = { name: string | null; addresses: Address[] };

export function nameOf(contact: Named): string {
  const address = contact.addresses.find(({ kind }) => kind !== "visitor");
  return calledBy(contact.name, isChatOnly(contact), address && shownAddress(address));
}

export function isChatOnly({ addresses }: Pick<Named, "addresses">): boolean {
  return addresses.length > 0 && addresses.every(({ kind }) => kind === "visitor");
}

export function useMembers(): ReadonlyMap<string, string> {
  const { data } = api.useQuery("get", "/api/members", { params: { query: { limit: 100 } } }, { staleTime: 300_000 });
  return useMemo(() => new Map(data?.items.map(({ id, name }) => [id, name])), [data]);
}

/** An actor of the audit log as people say it: "member:<id>" is a name. */
export function useWho(): (actor: string | null | undefined) => string {
  const members = useMembers();
  return (actor) => {
    const [kind, id = ""] = (actor ?? "").split(":");
    if (kind === "member") return members.get(id) ?? "a teammate";
    if (kind === "agent") return "the AI";
    if (kind === "key") return "an API key";
    if (kind === "contact") return "the contact";
    if (kind === "import") return "an import";
    if (kind === "staff") return "Dynaris staff";
    return "Dynaris";
  };
}

type PageOf<Item> = { items: Item[]; next_cursor?: string | null };

/** A list page after page. The second part of the key is the address, by which changes find it (live/renew.ts). */
export function usePages<Item>(key: QueryKey, read: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Item>>) {
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (before) => before,
    meta: { live: "slow" },
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, items };
}

/** A custom field's value in one line. */
export function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (Array.isArray(value)) return value.map(written).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
