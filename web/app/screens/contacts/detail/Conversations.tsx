/** The contact's conversations, the latest first; each opens in the inbox. */
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { api } from "~/api";
import { ChannelIcon } from "~/ui/channel";
import { Lines } from "~/ui/lines";
import { Ago } from "~/ui/time";
import { ConversationLink } from "../parts/ConversationLink";
import classes from "./detail.module.css";

const FEW = 3;

export function Conversations({ contactId }: { contactId: string }) {
  const [all, setAll] = useState(false);
  const { data, isPending } = api.useQuery("get", "/api/conversations", { params: { query: { contact_id: contactId, limit: 50 } } });
  if (isPending) return <Lines count={1} height={40} />;
  if (!data?.items.length) return null;
  const shown = all ? data.items : data.items.slice(0, FEW);
  return (
    <section aria-label="Conversations">
      <ul className={classes.talks}>
        {shown.map((talk) => (
          <li key={talk.id}>
            <ConversationLink id={talk.id} className={classes.talk}>
              <ChannelIcon channel={talk.channel} />
              <span>
                {talk.subject ? <strong>{talk.subject} </strong> : null}
                {talk.last_text}
              </span>
              <Text span size="xs" c={talk.status === "open" ? undefined : "dimmed"}>
                {talk.status === "open" ? (talk.holder === "agent" ? "with the AI" : (talk.holder_name ?? "with the team")) : talk.status}
              </Text>
              <Text span size="xs" c="dimmed">
                <Ago at={talk.last_message_at} />
              </Text>
            </ConversationLink>
          </li>
        ))}
        {data.items.length > FEW && (
          <li>
            <Button fullWidth variant="subtle" color="gray" radius={0} onClick={() => setAll((shown) => !shown)}>
              {all ? "Fewer" : `All ${data.items.length}${data.next_cursor ? "+" : ""} conversations`}
            </Button>
          </li>
        )}
      </ul>
    </section>
  );
}
