/** Where the reply window is closed: why, and the templates that may leave. */
import { Text } from "@mantine/core";
import { client } from "~/api";
import { useAct } from "~/ui/act";
import { type Chosen, TemplateForm } from "~/ui/TemplateForm";
import { uuid } from "./uuid";

type Props = { conversationId: string; contactId: string; accountId: string; wrote: boolean; sent: () => void };

export function ByTemplate({ conversationId, contactId, accountId, wrote, sent }: Props) {
  const send = useAct((template: Chosen) => client.POST("/api/conversations/{conversation_id}/messages", { params: { path: { conversation_id: conversationId } }, body: { text: "", note: false, attachments: [], template, message_id: uuid() } }), { failed: "The template was not sent", onDone: sent });
  return (
    <>
      <Text size="sm" mb="xs">
        {wrote ? "More than 24 hours since the contact's last message: only an approved template may leave." : "The contact has not written here yet: a conversation begins with an approved template."}
      </Text>
      <TemplateForm contactId={contactId} accountId={accountId} sending={send.isPending} send={send.mutate} />
    </>
  );
}
