/** Pushes in this browser, on and off, and the other browsers that have them. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bell, BellOff } from "lucide-react";
import type { Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Ago } from "~/ui/time";
import { pushState, turnOff, turnOn, type PushState } from "./push";

const WORDS: Record<PushState, string> = {
  unsupported: "This browser cannot be sent notifications here. It needs https, or this machine's own address.",
  blocked: "This browser does not let Dynaris notify you. Allow it in the browser's settings for this page, then try again.",
  off: "This browser is sent nothing.",
  on: "This browser is sent notifications.",
};

export function ThisBrowser({ browsers }: { browsers: Schemas["BrowserView"][] }) {
  const queries = useQueryClient();
  const known = browsers.map((one) => one.fingerprint);
  const state = useQuery({ queryKey: ["this-browser", known], queryFn: () => pushState(known), staleTime: 0, placeholderData: (before) => before });
  const change = useAct((on: boolean) => (on ? turnOn() : turnOff()), {
    failed: "Nothing was changed",
    onDone: (now) => {
      queries.setQueryData(["this-browser", known], now);
      void queries.invalidateQueries({ queryKey: ["get", "/api/me/notification-preferences"] });
    },
  });
  const now = state.data ?? "off";
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <Text size="sm" flex={1} miw={220}>{WORDS[now]}</Text>
        {now === "on" ? (
          <Button variant="default" leftSection={<BellOff size={14} aria-hidden />} loading={change.isPending} onClick={() => change.mutate(false)}>Turn off here</Button>
        ) : (
          <Button leftSection={<Bell size={14} aria-hidden />} disabled={now === "unsupported"} loading={change.isPending} onClick={() => change.mutate(true)}>Turn on notifications in this browser</Button>
        )}
      </Group>
      {browsers.map((one) => (
        <Text key={one.id} size="xs" c="dimmed">{deviceName(one.device)}, since <Ago at={one.created_at} /></Text>
      ))}
    </Stack>
  );
}

/** `Firefox on Linux`, from what a browser says of itself. */
function deviceName(agent: string): string {
  const browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => agent.includes(name));
  const named = browser === "Edg" ? "Edge" : browser === "OPR" ? "Opera" : browser;
  return [named ?? "A browser", system].filter(Boolean).join(" on ");
}
