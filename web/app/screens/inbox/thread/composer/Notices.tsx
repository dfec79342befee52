/** What somebody else did meanwhile, before anything of one's own leaves or is lost. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { Schemas } from "~/api";
import { whoWrote } from "../MessageItem";
import type { Message } from "../useMessages";
import { Words } from "../Words";
import classes from "./composer.module.css";

export function NewerReply({ newer, send, keep, discard }: { newer: Message; send: () => void; keep: () => void; discard: () => void }) {
  return (
    <Alert className={classes.notice} color="orange" variant="light" icon={<TriangleAlert size={16} />} title={`${whoWrote(newer)} replied before you`} role="alertdialog" aria-label={`${whoWrote(newer)} replied before you`}>
      <div className={classes.newer}>
        <Words text={newer.text} />
      </div>
      <Group gap="xs" mt="xs">
        <Button onClick={send} color="orange">Send anyway</Button>
        <Button variant="default" onClick={keep}>Keep writing</Button>
        <Button variant="subtle" color="gray" onClick={discard}>Discard mine</Button>
      </Group>
    </Alert>
  );
}

export function DraftElsewhere({ kept, settle }: { kept: Schemas["Draft"]; settle: (theirs: boolean) => void }) {
  return (
    <Alert className={classes.notice} color="gray" variant="light" title="This draft was changed in another tab">
      <Text size="sm" lineClamp={3}>{kept.text}</Text>
      <Group gap="xs" mt="xs">
        <Button variant="default" onClick={() => settle(true)}>Use that one</Button>
        <Button variant="subtle" color="gray" onClick={() => settle(false)}>Keep this one</Button>
      </Group>
    </Alert>
  );
}
