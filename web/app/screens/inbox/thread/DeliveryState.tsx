/** How far a message of ours came. */
import { Button, Text, Tooltip } from "@mantine/core";
import { Check, CheckCheck, CircleAlert, CircleHelp, Clock } from "lucide-react";
import { client } from "~/api";
import { useAct } from "~/ui/act";
import classes from "./thread.module.css";
import type { Message } from "./useMessages";

const STATES: Record<string, { icon: typeof Check; said: string }> = {
  queued: { icon: Clock, said: "Waits to be sent" },
  sending: { icon: Clock, said: "Being sent" },
  sent: { icon: Check, said: "Sent" },
  delivered: { icon: CheckCheck, said: "Delivered" },
  read: { icon: CheckCheck, said: "Read" },
  failed: { icon: CircleAlert, said: "Not sent" },
  unknown: { icon: CircleHelp, said: "Nobody knows whether it arrived" },
  cancelled: { icon: CircleAlert, said: "Called off" },
};

/** An icon while all goes well, words where it does not. */
export function DeliveryState({ message }: { message: Message }) {
  const again = useAct((id: string) => client.POST("/api/messages/{message_id}/send-again", { params: { path: { message_id: id } } }), { failed: "It was not sent again" });
  const state = message.delivery ? STATES[message.delivery] : undefined;
  if (!state) return null;
  const Icon = state.icon;
  const wrong = ["failed", "unknown"].includes(message.delivery ?? "");
  if (!wrong && !message.delivery_error) {
    const said = message.charged_as ? `${state.said}, charged as ${message.charged_as.replaceAll("_", " ")}` : state.said;
    return (
      <Tooltip label={said}>
        <Icon size={13} role="img" aria-label={said} className={classes.delivery} data-read={message.delivery === "read" || undefined} />
      </Tooltip>
    );
  }
  return (
    <div className={classes.wrong} data-grave={wrong || undefined} role={wrong ? "alert" : undefined}>
      <Icon size={14} aria-hidden />
      <Text size="xs" span>
        {state.said}
        {message.delivery_error && `: ${message.delivery_error}`}
      </Text>
      <Button size="compact-xs" variant="default" loading={again.isPending} onClick={() => again.mutate(message.id)}>
        {message.delivery === "unknown" ? "Send it again all the same" : "Try again"}
      </Button>
    </div>
  );
}
