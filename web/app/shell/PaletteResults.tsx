/** What the palette finds, and the keys that choose among it. */
import { Group, Kbd, Text, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Bot, type LucideIcon, MessageSquare, UserRound } from "lucide-react";
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useState } from "react";
import { api } from "~/api";
import { titleOf } from "~/screens/agents/words";
import { nameOf } from "~/screens/contacts/parts/data";
import { SECTIONS } from "~/screens/settings/sections";
import { useIsAdmin } from "~/session";
import { PLACES } from "./navigation";
import classes from "./Palette.module.css";

type Hit = { key: string; label: string; hint: string; icon: LucideIcon; go: () => void };
export type Steering = { pressed: (event: KeyboardEvent) => void };

type Props = {
  typed: string;
  /** Whether Enter was pressed on what is typed. */
  entered: boolean;
  steering: Ref<Steering>;
  /** Is told the id of the chosen one. */
  point: (id: string | undefined) => void;
  close: () => void;
};

export default function PaletteResults({ typed, entered, steering, point, close }: Props) {
  const [chosen, setChosen] = useState({ index: 0, typed });
  const [asked] = useDebouncedValue(typed.trim(), 120);
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const searches = { enabled: asked.length > 1 };
  const { data: contacts } = api.useQuery("get", "/api/contacts", { params: { query: { q: asked, limit: 8 } } }, searches);
  const { data: conversations } = api.useQuery("get", "/api/conversations", { params: { query: { q: asked, limit: 5 } } }, searches);
  const { data: agents } = api.useQuery("get", "/api/agents", {}, searches);

  const wanted = typed.trim().toLowerCase();
  const named: Hit[] = [
    ...PLACES.map(({ path, label, icon, key }) => ({ key: path, label, hint: `g ${key}`, icon, go: () => void navigate({ to: path }) })),
    ...(wanted ? SECTIONS : [])
      .filter(({ admin }) => !admin || isAdmin)
      .map(({ key, label, icon }) => ({ key: `/settings/${key}`, label, hint: "Settings", icon, go: () => void navigate({ to: `/settings/${key}` as "/" }) })),
    ...((wanted && agents?.items) || []).map((agent) => ({
      key: `/agents/${agent.name}`,
      label: titleOf(agent),
      hint: "Agent",
      icon: Bot,
      go: () => void navigate({ to: `/agents/${agent.name}` as "/" }),
    })),
  ];
  const found: Hit[] = [
    ...(contacts?.items ?? []).map((contact) => ({
      key: contact.id,
      label: nameOf(contact),
      hint: "Contact",
      icon: UserRound,
      go: () => void navigate({ to: `/contacts/${contact.id}` as "/" }),
    })),
    ...(conversations?.items ?? []).map((line) => ({
      key: `/inbox/all/${line.id}`,
      label: [line.subject ?? line.last_text, line.contact_name ?? line.contact_address].filter(Boolean).join(" · "),
      hint: "Conversation",
      icon: MessageSquare,
      go: () => void navigate({ to: `/inbox/all/${line.id}` as "/" }),
    })),
  ];
  const matching = [...named.filter(({ label }) => label.toLowerCase().includes(wanted)), ...found];
  const begins = ({ label }: Hit) => label.toLowerCase().startsWith(wanted);
  const hits = [...matching.filter(begins), ...matching.filter((hit) => !begins(hit))];
  const choose = (index: number) => setChosen({ index, typed });
  const at = Math.min(chosen.typed === typed ? chosen.index : 0, hits.length - 1);
  const active = hits[at] && `palette-${at}`;
  useEffect(() => {
    point(active);
    if (active) document.getElementById(active)?.scrollIntoView({ block: "nearest" });
  }, [point, active]);
  const take = (hit: Hit) => {
    close();
    hit.go();
  };
  useEffect(() => {
    if (entered && asked === typed.trim() && hits[at]) take(hits[at]); // not what an earlier text found
  });
  useImperativeHandle(steering, () => ({
    pressed(event) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step && hits.length) {
        event.preventDefault();
        choose((at + step + hits.length) % hits.length);
      }
    },
  }));
  return (
    <div id="palette" role="listbox" aria-label="Results">
      {hits.map((hit, index) => (
        <UnstyledButton key={hit.key} id={`palette-${index}`} role="option" aria-selected={index === at} tabIndex={-1} className={classes.hit} onClick={() => take(hit)} onMouseMove={() => choose(index)}>
          <Group gap="sm" wrap="nowrap">
            <hit.icon size={16} aria-hidden />
            <Text size="sm" truncate flex={1}>{hit.label}</Text>
            <Kbd size="xs">{hit.hint}</Kbd>
          </Group>
        </UnstyledButton>
      ))}
      {!hits.length && <Text size="sm" c="dimmed" p="md">Nothing is called that.</Text>}
    </div>
  );
}
