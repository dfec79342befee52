/** Which of two stays, and what they will be; then they are one, until somebody takes it back. */
import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { type Contact, nameOf, shownAddress } from "../parts/data";
import { useMerge, useUnmerge } from "./merge";
import { MergePreview } from "./MergePreview";
import { undoNotice } from "./undoNotice";

type Props = { one: Contact; other: Contact; duplicateId?: string; close: () => void; onMerged?: (keep: string) => void; onUndone?: () => void };

export function MergeDialog({ one, other, duplicateId, close, onMerged, onUndone }: Props) {
  const [keep, setKeep] = useState(() => better(one, other).id);
  const drop = keep === one.id ? other : one;
  const unmerge = useUnmerge(onUndone);
  const merge = useMerge((mergeId, kept) => {
    close();
    undoNotice("They are one contact now.", () => unmerge.mutate(mergeId));
    onMerged?.(kept);
  });
  return (
    <Modal opened onClose={close} title="Merge two contacts" size="lg">
      <Stack>
        <Radio.Group label="Which one stays" description="Its name and fields count; what it lacks comes from the other." value={keep} onChange={setKeep}>
          <Stack gap={6} mt="xs">
            {[one, other].map((contact) => (
              <Radio key={contact.id} value={contact.id} label={`${nameOf(contact)}${contact.addresses[0] && contact.name ? ` (${shownAddress(contact.addresses[0])})` : ""}`.slice(0, 120)} />
            ))}
          </Stack>
        </Radio.Group>
        <MergePreview keep={keep} drop={drop.id} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button loading={merge.isPending} onClick={() => merge.mutate({ keep, drop: drop.id, duplicateId })}>
            Merge
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** More was proved of it, or it has been here for longer. */
function better(one: Contact, other: Contact): Contact {
  const proved = (contact: Contact) => contact.addresses.filter(({ verified }) => verified).length;
  if (proved(one) !== proved(other)) return proved(one) > proved(other) ? one : other;
  return one.created_at <= other.created_at ? one : other;
}
