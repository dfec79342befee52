/** Tools by what they do, each switched on or off; and which of them wait for a person. */
import { Checkbox, Group, Switch, Text, Tooltip } from "@mantine/core";
import { api } from "~/api";
import { EFFECTS, toolName, type Effect } from "../words";
import classes from "./editor.module.css";
import type { PartProps } from "./Editor";

const ORDER: Effect[] = ["read", "write", "send", "spend"];

export function Tools({ agent, draft, readOnly }: PartProps) {
  const auto = api.useQuery("get", "/api/settings/auto-mode").data;
  const { settings, set } = draft;
  const all = agent.toolbox.map((tool) => tool.name);
  const named = new Set(settings.tools ?? all);
  const effects = new Set<Effect>(settings.effects ?? ORDER);
  const present = ORDER.filter((effect) => agent.toolbox.some((tool) => tool.effect === effect));

  const setTool = (name: string, on: boolean) => {
    const next = all.filter((tool) => (tool === name ? on : named.has(tool)));
    set({ tools: next.length === all.length ? null : next });
  };
  const setEffect = (effect: Effect, on: boolean) => {
    const next = ORDER.filter((one) => (one === effect ? on : effects.has(one)));
    set({ effects: present.every((one) => next.includes(one)) ? null : next });
  };
  return (
    <>
      {present.map((effect) => {
        const yes = needsYes(effect, auto);
        return (
          <div key={effect} role="group" aria-label={EFFECTS[effect].label}>
            <Group justify="space-between" wrap="nowrap" mb={6}>
              <Text size="sm" fw={600}>
                {EFFECTS[effect].label}
                <Text span size="xs" c="dimmed" fw={400}> · {EFFECTS[effect].about}{yes && ` · ${yes}`}</Text>
              </Text>
              <Switch
                size="xs"
                aria-label={`${EFFECTS[effect].label}: all of these tools`}
                checked={effects.has(effect)}
                disabled={readOnly}
                onChange={(event) => setEffect(effect, event.currentTarget.checked)}
              />
            </Group>
            <div className={classes.tools}>
              {agent.toolbox.filter((tool) => tool.effect === effect).map((tool) => (
                <Tooltip key={tool.name} label={tool.description} multiline w={280} openDelay={600}>
                  <div>
                    <Checkbox
                      size="xs"
                      label={toolName(tool.name)}
                      checked={effects.has(effect) && named.has(tool.name)}
                      disabled={readOnly || !effects.has(effect)}
                      onChange={(event) => setTool(tool.name, event.currentTarget.checked)}
                    />
                  </div>
                </Tooltip>
              ))}
            </div>
          </div>
        );
      })}
    </>
  );
}

function needsYes(effect: Effect, auto: { enabled: boolean; effects: Record<string, boolean> } | undefined): string {
  if (effect === "read" || !auto) return "";
  if (!auto.enabled) return "each needs a person's yes in Manual mode";
  return (auto.effects[effect] ?? effect !== "spend") ? "" : "each needs a person's yes";
}
