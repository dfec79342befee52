/** What was recorded of a call; a turn of the transcript is played from where it began. */
import { Text } from "@mantine/core";
import { type RefObject, useState } from "react";
import type { CallDetail } from "../words";
import classes from "./detail.module.css";
import { Section } from "./Section";

export function Recording({ call, player }: { call: CallDetail; player: RefObject<HTMLAudioElement | null> }) {
  const [fails, setFails] = useState(false);
  if (call.recorded === false) {
    return (
      <Section title="Recording">
        <Text size="sm" c="dimmed">The caller did not want it; nothing was kept.</Text>
      </Section>
    );
  }
  if (!call.recording) return null;
  const file = `/api/attachments/${call.recording}`;
  return (
    <Section title="Recording" about="the caller left, we right">
      {fails ? (
        <a href={file} download>Download the recording</a>
      ) : (
        <audio ref={player} className={classes.player} controls preload="metadata" src={file} aria-label="Play the call" onError={() => setFails(true)} />
      )}
    </Section>
  );
}
