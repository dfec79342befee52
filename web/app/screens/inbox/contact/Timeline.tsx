/** Everything with the contact, on all channels, newest first. */
import { Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { CalendarDays, CheckSquare, CircleSlash, Clock, GitMerge, type LucideIcon, MessageSquare, ShieldQuestion, StickyNote, UserRoundX, UserPlus } from "lucide-react";
import { client, type Schemas } from "~/api";
import { channelName } from "~/ui/channel";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import classes from "./contact.module.css";

type Item = Schemas["TimelineItem"];
const PAGE = 30;
const TIMELINE = "/api/contacts/{contact_id}/timeline";
const KINDS: Record<string, [icon: LucideIcon, name: string]> = {
  note: [StickyNote, "Note"],
  task: [CheckSquare, "Task"],
  follow_up: [Clock, "Follow-up"],
  approval: [ShieldQuestion, "Approval"],
  hand_off: [UserPlus, "Handed to the team"],
  ignored: [CircleSlash, "Not answered"],
  failed: [CircleSlash, "Failed"],
  merge: [GitMerge, "Merged"],
  conversation: [UserRoundX, "Somebody who says so"],
  booking: [CalendarDays, "Booking"],
};
const AUTHORS: Record<string, string> = { contact: "They wrote", agent: "The AI wrote", member: "A teammate wrote", system: "Dynaris wrote" };

export default function Timeline({ contactId, conversationId }: { contactId: string; conversationId: string }) {
  const query = useInfiniteQuery({
    queryKey: ["timeline", TIMELINE, { params: { path: { contact_id: contactId } } }],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const { data } = await client.GET(TIMELINE, { params: { path: { contact_id: contactId }, query: { cursor: pageParam, limit: PAGE } }, signal });
      return data!;
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: { live: "slow" },
  });
  if (query.isPending) return <Lines count={6} />;
  if (query.isError && !query.data) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (!items.length) return <Empty title="Nothing has happened yet" />;
  return (
    <ol className={classes.timeline}>
      {items.map((item) => (
        <Event key={item.id} item={item} here={item.conversation_id === conversationId} />
      ))}
      {query.hasNextPage && (
        <li>
          <Button fullWidth variant="subtle" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Earlier
          </Button>
        </li>
      )}
    </ol>
  );
}

function Event({ item, here }: { item: Item; here: boolean }) {
  const [Icon, name] = KINDS[item.kind] ?? [MessageSquare, AUTHORS[item.author ?? ""] ?? "Message"];
  const where = item.channel ? ` · ${channelName(item.channel)}` : "";
  return (
    <li className={classes.event}>
      <Icon size={14} aria-hidden />
      <div>
        <Text size="xs" c="dimmed">
          {name}
          {where} · <Ago at={item.at} />
        </Text>
        <Text size="sm" lineClamp={3} className={classes.words}>
          {item.text}
        </Text>
        {item.conversation_id && !here && (
          <Link to="/inbox/$queue/$conversationId" params={{ queue: "all", conversationId: item.conversation_id }} className={classes.elsewhere}>
            Another conversation
          </Link>
        )}
      </div>
    </li>
  );
}
