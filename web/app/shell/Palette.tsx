/** Jump anywhere, or to a contact, by typing. */
import { Group, Kbd, Modal, ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Search, UserRound } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { api } from "~/api";
import { PLACES } from "./navigation";
import classes from "./Palette.module.css";

type Hit = { key: string; label: string; hint: string; icon: typeof Search; go: () => void };

export default function Palette({ close }: { close: () => void }) {
  const [typed, type] = useState("");
  const [chosen, choose] = useState(0);
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
  const at = Math.min(chosen, hits.length - 1);
  const take = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    hit.go();
  };
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && hits.length) {
      event.preventDefault();
      choose((at + step + hits.length) % hits.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(hits[at]);
    }
  };
  return (
    <Modal opened onClose={close} withCloseButton={false} padding={0} size="lg" yOffset="12vh" centered={false} aria-label="Search">
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        px="md"
        leftSection={<Search size={16} aria-hidden />}
        placeholder="A screen, a contact's name or address"
        aria-label="Search"
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={hits[at] && `palette-${at}`}
        value={typed}
        onChange={(event) => {
          type(event.currentTarget.value);
          choose(0);
        }}
        onKeyDown={pressed}
      />
      <ScrollArea.Autosize mah="50vh" className={classes.hits}>
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
      </ScrollArea.Autosize>
    </Modal>
  );
}
