/** Everything that happened with a contact on all channels, newest first. */
import { Button } from "@mantine/core";
import { CalendarDays, CheckSquare, CircleSlash, Clock, GitMerge, type LucideIcon, MessageSquare, ShieldQuestion, StickyNote, TriangleAlert, UserRound, UserRoundX } from "lucide-react";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useZone } from "~/screens/scheduling/data";
import { channelName } from "~/ui/channel";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago, exactly } from "~/ui/time";
import { ConversationLink } from "./ConversationLink";
import { usePages, useWho } from "./data";
import classes from "./parts.module.css";

type Item = Schemas["TimelineItem"];
type Kind = Item["kind"];

const ADDRESS = "/api/contacts/{contact_id}/timeline";
const LONG = 600; // characters, after which a text is folded

const ICONS: Record<Kind, LucideIcon> = {
  message: MessageSquare,
  note: StickyNote,
  task: CheckSquare,
  follow_up: Clock,
  approval: ShieldQuestion,
  hand_off: UserRound,
  ignored: CircleSlash,
  failed: TriangleAlert,
  merge: GitMerge,
  conversation: UserRoundX,
  booking: CalendarDays,
};

export function Timeline({ contactId, kinds = [] }: { contactId: string; kinds?: readonly Kind[] }) {
  const path = { contact_id: contactId };
  const { items, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = usePages<Item>(
    ["contact-timeline", ADDRESS, { params: { path } }, kinds],
    async (cursor, signal) => {
      const { data } = await client.GET(ADDRESS, { params: { path, query: { cursor, kind: [...kinds], limit: 30 } }, signal });
      return data!;
    },
  );
  if (isPending) return <Lines count={5} height={60} />;
  if (error && !items.length) return <Failed error={error} retry={() => void refetch()} />;
  if (!items.length) return <Empty title="Nothing here yet">What is said, planned and decided with this contact stands here, on all channels.</Empty>;
  return (
    <ol className={classes.timeline}>
      {items.map((item) => (
        <Event key={item.id} item={item} />
      ))}
      {hasNextPage && (
        <li>
          <Button fullWidth variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Earlier
          </Button>
        </li>
      )}
    </ol>
  );
}

function Event({ item }: { item: Item }) {
  const who = useWho();
  const Icon = ICONS[item.kind];
  return (
    <li className={classes.event}>
      <span className={classes.icon} aria-hidden>
        <Icon size={14} />
      </span>
      <div>
        <div className={classes.head}>
          <strong>{title(item, who)}</strong>
          {item.channel && (
            <span>
              {item.conversation_id ? (
                <ConversationLink id={item.conversation_id} className={classes.plain}>
                  {channelName(item.channel)}
                </ConversationLink>
              ) : (
                channelName(item.channel)
              )}
            </span>
          )}
          <Ago at={item.at} />
          {item.direction === "outbound" && item.delivery && item.delivery !== "sent" && item.delivery !== "delivered" && <span className={classes.small}>{DELIVERY[item.delivery] ?? item.delivery}</span>}
        </div>
        <Said item={item} />
      </div>
    </li>
  );
}

const DELIVERY: Record<string, string> = {
  queued: "on its way",
  sending: "on its way",
  failed: "could not be sent",
  unknown: "nobody knows whether it arrived",
  cancelled: "was not sent",
};

function Said({ item }: { item: Item }) {
  const [whole, setWhole] = useState(false);
  const text = item.text.trim();
  const about = detail(item, useZone());
  if (!text && !about) return null;
  const folded = !whole && text.length > LONG;
  return (
    <div className={classes.said} data-kind={item.kind} data-author={item.kind === "message" ? item.author : undefined}>
      {typeof item.data.subject === "string" && item.kind === "message" && <strong className={classes.small}>{item.data.subject}</strong>}
      {folded ? `${text.slice(0, LONG)}…` : text}
      {about && <span className={classes.small}>{about}</span>}
      {folded && (
        <div>
          <Button variant="subtle" size="compact-xs" px={0} onClick={() => setWhole(true)}>
            Show all of it
          </Button>
        </div>
      )}
    </div>
  );
}

function title(item: Item, who: (actor: string | null) => string): string {
  const data = item.data as Record<string, string | undefined>;
  switch (item.kind) {
    case "message":
      if (item.direction === "inbound") return "They wrote";
      return `${capital(item.author === "member" && data.author_id ? who(`member:${data.author_id}`) : item.author === "agent" ? "the AI" : item.author === "member" ? "a teammate" : "Dynaris")} wrote`;
    case "note":
      return `Note of ${item.author === "member" && data.author_id ? who(`member:${data.author_id}`) : item.author === "agent" ? "the AI" : "a teammate"}`;
    case "task":
      return data.status === "done" ? "Task, done" : data.status === "cancelled" ? "Task, cancelled" : "Task";
    case "follow_up":
      return data.status === "waiting" ? "Follow-up planned" : data.status === "woken" ? "Follow-up" : "Follow-up, ended";
    case "approval":
      return data.status === "pending" ? "The AI asks for a yes" : `The AI asked: ${data.status ?? ""}`;
    case "hand_off":
      return "Handed to the team";
    case "ignored":
      return "Not answered";
    case "failed":
      return "Failed";
    case "merge":
      return data.undone_at ? "Merged, and taken back" : "Merged with another contact";
    case "conversation":
      return "Somebody who says this address is theirs";
    case "booking":
      return `Booking ${(data.what ?? "").replaceAll("_", " ")}`.trim();
  }
}

function detail({ kind, data }: Item, zone: string | undefined): string | undefined {
  const { due_at, starts_at, ended_because, reason, attachments } = data as Record<string, string | undefined>;
  if ((kind === "task" || kind === "follow_up") && due_at) return `Due ${exactly(due_at)}${ended_because ? `; ${ended_because}` : ""}`;
  if (kind === "booking" && starts_at) return exactly(starts_at, zone);
  if (kind === "approval" && reason) return reason;
  if (kind === "message" && attachments) return `${attachments} ${Number(attachments) === 1 ? "file" : "files"}`;
  return undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
