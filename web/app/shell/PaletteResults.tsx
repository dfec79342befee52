/** What the palette finds, and the keys that choose among it. */
import { Group, Kbd, Text, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type LucideIcon, UserRound } from "lucide-react";
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useState } from "react";
import { api } from "~/api";
import { PLACES } from "./navigation";
import classes from "./Palette.module.css";

type Hit = { key: string; label: string; hint: string; icon: LucideIcon; go: () => void };
export type Steering = { pressed: (event: KeyboardEvent) => void };

/** `point` is told the id of the chosen one. */
export default function PaletteResults({ typed, steering, point, close }: { typed: string; steering: Ref<Steering>; point: (id: string | undefined) => void; close: () => void }) {
  const [chosen, setChosen] = useState({ index: 0, typed });
  const [asked] = useDebouncedValue(typed.trim(), 120);
  const navigate = useNavigate();
  const { data: contacts } = api.useQuery("get", "/api/contacts", { params: { query: { q: asked, limit: 8 } } }, { enabled: asked.length > 1 });

  const wanted = typed.trim().toLowerCase();
  const hits: Hit[] = [
    ...PLACES.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ path, label, icon, key }) => ({
      key: path,
      label,
      hint: `g ${key}`,
      icon,
      go: () => void navigate({ to: path }),
    })),
    ...(contacts?.items ?? []).map((contact) => ({
      key: contact.id,
      label: contact.name ?? "Without a name",
      hint: "Contact",
      icon: UserRound,
      go: () => void navigate({ to: `/contacts/${contact.id}` as "/" }),
    })),
  ];
  const choose = (index: number) => setChosen({ index, typed });
  const at = Math.min(chosen.typed === typed ? chosen.index : 0, hits.length - 1);
  const active = hits[at] && `palette-${at}`;
  useEffect(() => {
    point(active);
    if (active) document.getElementById(active)?.scrollIntoView({ block: "nearest" });
  }, [point, active]);
  const take = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    hit.go();
  };
  useImperativeHandle(steering, () => ({
    pressed(event) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step && hits.length) {
        event.preventDefault();
        choose((at + step + hits.length) % hits.length);
      } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
        event.preventDefault();
        take(hits[at]);
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
