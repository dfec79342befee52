/** The sign that we put on a message of the contact's: one of a few, changed or taken away with a click. */
import { Button, Group, Popover } from "@mantine/core";
import { SmilePlus } from "lucide-react";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import classes from "./thread.module.css";

const SIGNS = ["👍", "❤️", "😂", "🙏", "🎉", "😢"];

export function Reaction({ message }: { message: Schemas["Message"] }) {
  const [opened, setOpened] = useState(false);
  const react = useAct((emoji: string | null) => client.PUT("/api/messages/{message_id}/reaction", { params: { path: { message_id: message.id } }, body: { emoji } }), {
    failed: "The reaction was not sent",
  });
  const choose = (emoji: string) => {
    setOpened(false);
    react.mutate(emoji === message.our_reaction ? null : emoji);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="top-start" withArrow trapFocus>
      <Popover.Target>
        <Button className={classes.react} data-set={message.our_reaction ? true : undefined} variant="subtle" color="gray" size="compact-xs" loading={react.isPending} onClick={() => setOpened(!opened)} aria-label={message.our_reaction ? `You reacted with ${message.our_reaction}: change it` : "React"}>
          {message.our_reaction ?? <SmilePlus size={14} aria-hidden />}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={4}>
        <Group gap={2} role="group" aria-label="Reactions">
          {SIGNS.map((sign) => (
            <Button key={sign} variant={sign === message.our_reaction ? "light" : "subtle"} color="gray" size="compact-md" aria-pressed={sign === message.our_reaction} aria-label={sign === message.our_reaction ? `Take ${sign} away` : `React with ${sign}`} onClick={() => choose(sign)}>
              {sign}
            </Button>
          ))}
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
