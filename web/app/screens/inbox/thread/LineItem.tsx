/** What happened between messages, in one quiet line. */
import { Text } from "@mantine/core";
import { exactly } from "~/ui/time";
import type { Line } from "./items";
import classes from "./thread.module.css";
import { Why } from "./Why";

export function LineItem({ line }: { line: Line }) {
  return (
    <div className={classes.line}>
      <Text size="xs" c="dimmed" span title={exactly(line.at)}>
        {saidOf(line)}
      </Text>
      {line.run_id && <Why runId={line.run_id} reason={line.text} />}
    </div>
  );
}

const STATUS: Record<string, string> = { closed: "closed the conversation", open: "opened the conversation again", snoozed: "snoozed the conversation" };

function saidOf({ kind, who, text, detail }: Line): string {
  const why = text ? `: ${text}` : "";
  switch (kind) {
    case "handed_off":
      return `Handed over to the team${why}`;
    case "ignored":
      return `Needs no answer${why}`;
    case "failed":
      return `Could not be handled${why}`;
    case "claimed":
      return `${who} took the conversation`;
    case "handed_back":
      return `${who} handed it back to the AI`;
    case "assigned":
      return `${who} gave it to ${text}`;
    case "tagged":
    case "untagged":
      return `${who} ${kind} it “${text}”`;
    case "released":
      return "Nobody holds it any more: its teammate left";
    case "sent_again":
      return `${who} sent a message again`;
    case "transcript_sent":
      return `${who} sent a transcript`;
    case "changed":
      return `${who} ${STATUS[String(detail.status)] ?? "changed the subject"}`;
    default:
      return `${who}: ${kind.replaceAll("_", " ")}`;
  }
}
