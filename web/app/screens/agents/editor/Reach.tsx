/** On which channels and in which languages it answers. */
import { Chip, Group, Input, Select, TagsInput, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { channelName } from "~/ui/channel";
import { useChannels, type PartProps } from "./Editor";
import agents from "../agents.module.css";

const LANGUAGES = ["en", "de", "es", "fr", "it", "nl", "pt"];
const names = new Intl.DisplayNames(["en"], { type: "language" });

export function languageName(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

export function Reach({ agent, draft, readOnly }: PartProps) {
  const { settings, set } = draft;
  const channels = useChannels(settings.channels ?? []);
  const languages = settings.languages ?? [];
  return (
    <>
      <Input.Wrapper label="Channels" description="None chosen: all. An agent of your own that names a channel takes what its specialist would get there." labelElement="div">
        <Chip.Group multiple value={settings.channels ?? []} onChange={(value) => set({ channels: value.length ? value : null })}>
          <Group gap={6} mt={6}>
            {channels.map((channel) => (
              <Chip key={channel} value={channel} size="xs" disabled={readOnly}>{channelName(channel)}</Chip>
            ))}
          </Group>
        </Chip.Group>
      </Input.Wrapper>
      {agent.accounts.length > 0 && (
        <Text size="sm">
          Alone for {agent.accounts.map((account) => `${channelName(account.channel)} ${account.address}`).join(", ")} (<Link className={agents.link} to="/connectors">connectors</Link>)
        </Text>
      )}
      <TagsInput
        label="Languages"
        description="Two letters each, the first one is the usual one. None: the workspace's."
        data={LANGUAGES}
        value={languages}
        readOnly={readOnly}
        maxTags={20}
        acceptValueOnBlur
        splitChars={[",", " "]}
        renderOption={({ option }) => `${option.value} · ${languageName(option.value)}`}
        onChange={(value) => set({ languages: value.length ? value.map((code) => code.trim().toLowerCase().slice(0, 2)) : null })}
      />
      {languages.length > 0 && (
        <Select
          label="Where somebody plainly writes in another"
          data={[
            { value: "first", label: `It answers in ${languageName(languages[0]!)}` },
            { value: "hand_off", label: "A person answers, and no model is asked" },
          ]}
          value={settings.other_languages ?? "first"}
          allowDeselect={false}
          readOnly={readOnly}
          onChange={(value) => set({ other_languages: value === "hand_off" ? "hand_off" : null })}
        />
      )}
    </>
  );
}
