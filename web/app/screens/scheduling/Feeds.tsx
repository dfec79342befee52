/** Addresses that calendar programs read. An address is shown once, when it is made or made anew. */
import { ActionIcon, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, Title } from "@mantine/core";
import { RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, client } from "~/api";
import { useAct } from "~/ui/act";
import { Confirm } from "~/ui/confirm";
import { Failed } from "~/ui/states";
import { Ago } from "~/ui/time";
import { type Feed, renewed, usePeople } from "./data";
import classes from "./scheduling.module.css";

const SHOWS: { value: Feed["shows"]; label: string }[] = [
  { value: "busy", label: "only that a time is taken" },
  { value: "service", label: "what is booked" },
  { value: "contact", label: "what is booked, for whom, and the note" },
];
const RENEWED = { guess: () => renewed("/api/calendar/feeds") };

export function Feeds({ readOnly }: { readOnly: boolean }) {
  const feeds = api.useQuery("get", "/api/calendar/feeds");
  const people = usePeople();
  const [adding, setAdding] = useState(false);
  const [staffId, setStaffId] = useState<string | null>(null);
  const [shows, setShows] = useState<Feed["shows"]>("service");
  const [issued, setIssued] = useState<string | null>(null);
  const [asking, setAsking] = useState<{ feed: Feed; what: "rotate" | "end" } | null>(null);
  const add = useAct(async () => (await client.POST("/api/calendar/feeds", { body: { staff_id: staffId, shows } })).data!, {
    failed: "The feed was not made",
    ...RENEWED,
    onDone: ({ url }) => {
      setAdding(false);
      setIssued(url);
    },
  });
  const rotate = useAct(async (id: string) => (await client.POST("/api/calendar/feeds/{feed_id}/rotate", { params: { path: { feed_id: id } } })).data!, {
    failed: "The address was not changed",
    ...RENEWED,
    onDone: ({ url }) => {
      setAsking(null);
      setIssued(url);
    },
  });
  const end = useAct((id: string) => client.DELETE("/api/calendar/feeds/{feed_id}", { params: { path: { feed_id: id } } }), { failed: "The feed goes on", ...RENEWED, done: "Ended", onDone: () => setAsking(null) });
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          Calendar feeds
        </Title>
        {!readOnly && (
          <Button variant="default" onClick={() => setAdding(true)}>
            New address
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        Bookings in anybody’s calendar program: it reads the address again and again. Whoever has it can read it.
      </Text>
      {feeds.error && <Failed error={feeds.error} retry={() => void feeds.refetch()} />}
      {(feeds.data?.items.length ?? 0) > 0 && (
        <ul className={classes.list}>
          {feeds.data!.items.map((feed) => (
            <li key={feed.id} className={classes.row}>
              <div className={classes.grow}>
                <Text size="sm" fw={500}>
                  {feed.staff ?? "Everybody"}
                </Text>
                <Text size="xs" c="dimmed">
                  shows {SHOWS.find((one) => one.value === feed.shows)?.label} · {feed.last_read_at ? <>read <Ago at={feed.last_read_at} /></> : "never read"}
                </Text>
              </div>
              {!readOnly && (
                <Group gap={4} wrap="nowrap">
                  <ActionIcon variant="subtle" color="gray" aria-label={`A new address for ${feed.staff ?? "everybody"}`} onClick={() => setAsking({ feed, what: "rotate" })}>
                    <RefreshCw size={15} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="gray" aria-label={`End the feed of ${feed.staff ?? "everybody"}`} onClick={() => setAsking({ feed, what: "end" })}>
                    <Trash2 size={15} />
                  </ActionIcon>
                </Group>
              )}
            </li>
          ))}
        </ul>
      )}
      <Modal opened={adding} onClose={() => setAdding(false)} title="A calendar feed">
        <Stack>
          <Select label="Whose bookings" clearable placeholder="everybody’s" data={(people.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={staffId} onChange={setStaffId} />
          <Select label="What it shows" allowDeselect={false} data={SHOWS} value={shows} onChange={(value) => setShows(value as Feed["shows"])} />
          <Group justify="flex-end">
            <Button loading={add.isPending} onClick={() => add.mutate(undefined)}>
              Make it
            </Button>
          </Group>
        </Stack>
      </Modal>
      <Modal opened={issued !== null} onClose={() => setIssued(null)} title="The address of the feed" size="lg">
        <Stack>
          <Text size="sm">Copy it now into the calendar program: it is shown only this once.</Text>
          <Code block>{issued}</Code>
          <Group justify="flex-end">
            <CopyButton value={issued ?? ""}>{({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
          </Group>
        </Stack>
      </Modal>
      <Confirm
        opened={asking !== null}
        close={() => setAsking(null)}
        title={asking?.what === "end" ? "End this feed?" : "A new address for this feed?"}
        action={asking?.what === "end" ? "End it" : "Make a new one"}
        danger
        busy={rotate.isPending || end.isPending}
        onConfirm={() => asking && (asking.what === "end" ? end.mutate(asking.feed.id) : rotate.mutate(asking.feed.id))}
      >
        The old address ends at once.
      </Confirm>
    </section>
  );
}
