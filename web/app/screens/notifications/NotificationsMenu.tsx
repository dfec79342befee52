/** What the signed-in member was told: behind a bell, newest first, each leading to what it is about. */
import { ActionIcon, Button, Group, Indicator, Popover, SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Bell, CheckCheck } from "lucide-react";
import { useState } from "react";
import { api, client, PAGED, sentence, type Schemas } from "~/api";
import { useMe } from "~/session";
import { useAct } from "~/ui/act";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { pathOf } from "./subjects";
import classes from "./Notifications.module.css";

type Told = Schemas["NotificationView"];
type Pages = { pages: Schemas["Notifications"][]; pageParams: unknown[] };
const KEY = ["get", "/api/me/notifications"];

export function NotificationsMenu() {
  const { data: me } = useMe();
  if (!me?.member) return null; // staff on a visit is told nothing
  return <Bellringer />;
}

function Bellringer() {
  const [opened, popover] = useDisclosure(false);
  const count = api.useQuery("get", "/api/me/notifications", { params: { query: { limit: 1 } } });
  const unread = count.data?.unread ?? 0;
  const label = unread ? `Notifications, ${unread} unread` : "Notifications";
  return (
    <Popover opened={opened} onChange={popover.toggle} position="bottom-start" width={380} shadow="md" trapFocus returnFocus withinPortal>
      <Indicator disabled={!unread} label={unread > 99 ? "99+" : unread} size={15} offset={4} color="iris">
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={popover.toggle}>
            <Bell size={17} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0} aria-label="Notifications" maw="calc(100vw - 16px)">
        {opened && <List close={popover.close} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function List({ close }: { close: () => void }) {
  const [wanted, want] = useState("all");
  const navigate = useNavigate();
  const told = api.useInfiniteQuery(
    "get",
    "/api/me/notifications",
    { params: { query: { limit: 20, unread: wanted === "unread" } } },
    PAGED,
  );
  const read = useAct((body: Schemas["Read"]) => client.POST("/api/me/notifications/read", { body }), {
    failed: "It was not marked as read",
    guess: (body) => [{ key: KEY, change: (answer: never) => marked(answer, body) as never }],
  });
  const items = told.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = told.data?.pages[0]?.unread ?? 0;
  const open = (one: Told) => {
    if (!one.read_at) read.mutate({ notification_ids: [one.id] });
    const path = pathOf(one.subject);
    if (!path) return;
    close();
    void navigate({ to: path as "/" });
  };
  return (
    <>
      <Group justify="space-between" p="xs" gap="xs" wrap="nowrap">
        <SegmentedControl size="xs" aria-label="Which notifications" value={wanted} onChange={want} data={[{ value: "all", label: "All" }, { value: "unread", label: "Unread" }]} />
        <Button variant="subtle" leftSection={<CheckCheck size={14} aria-hidden />} disabled={!unread || !items[0]} onClick={() => items[0] && read.mutate({ up_to: items[0].id })}>
          Mark all as read
        </Button>
      </Group>
      <div className={classes.list}>
        {told.isPending && <Lines count={3} />}
        {told.error && <Failed error={told.error} retry={() => void told.refetch()} />}
        {told.data && !items.length && (
          <Empty icon={<Bell size={22} />} title={wanted === "unread" ? "Nothing unread" : "Nothing yet"}>
            What needs you is told here: hand-offs, replies that could not be sent, overdue inquiries.
          </Empty>
        )}
        {items.map((one) => (
          <UnstyledButton key={one.id} className={classes.item} onClick={() => open(one)} data-read={Boolean(one.read_at)}>
            {one.read_at ? <span /> : <span className={classes.unread} role="img" aria-label="Unread" />}
            <Text size="sm" fw={one.read_at ? 400 : 600} lineClamp={2}>{one.title}</Text>
            <Text size="xs" c="dimmed"><Ago at={one.created_at} /></Text>
            <Text size="xs" c="dimmed" className={classes.body} lineClamp={2}>{sentence(one.body.trim().replace(/\s*\n\s*/g, " · "))}</Text>
          </UnstyledButton>
        ))}
        {told.hasNextPage && (
          <Button fullWidth variant="subtle" loading={told.isFetchingNextPage} onClick={() => void told.fetchNextPage()}>
            Earlier
          </Button>
        )}
      </div>
    </>
  );
}

/** What the answers will be: pages of the list, and the one that counts. */
function marked(answer: Schemas["Notifications"] | Pages | undefined, body: Schemas["Read"]): unknown {
  if (!answer) return answer;
  if ("pages" in answer) return { ...answer, pages: answer.pages.map((page) => marked(page, body)) };
  const now = new Date().toISOString();
  const hit = (one: Told) => !one.read_at && (body.up_to ? one.id <= body.up_to : body.notification_ids?.includes(one.id));
  const fewer = body.up_to ? answer.unread : (body.notification_ids?.length ?? 0);
  return { ...answer, unread: Math.max(0, answer.unread - fewer), items: answer.items.map((one) => (hit(one) ? { ...one, read_at: now } : one)) };
}
