/** What somebody else did meanwhile, before anything of one's own leaves or is lost. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { Schemas } from "~/api";
import { whoWrote } from "../MessageItem";
import type { Message } from "../useMessages";
import { Words } from "../Words";
import classes from "./composer.module.css";

type Props = { newer?: Message; holder?: { name: string }; send: () => void; keep: () => void; discard: () => void };

/** A colleague was faster, or has the conversation. */
export function Overtaken({ newer, holder, send, keep, discard }: Props) {
  const title = newer ? `${whoWrote(newer)} replied before you` : `${holder?.name} has this conversation`;
  return (
    <Alert className={classes.notice} color="orange" variant="light" icon={<TriangleAlert size={16} />} title={title} role="alertdialog" aria-label={title}>
      {newer ? (
        <div className={classes.newer}>
          <Words text={newer.text} />
        </div>
      ) : (
        <Text size="sm">If you send this, it is yours from then on.</Text>
      )}
      <Group gap="xs" mt="xs">
        <Button onClick={send}>Send anyway</Button>
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
