/** Contacts that may be one person: why, what they would be together, and what somebody says of it. */
import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, GitMerge, RefreshCw } from "lucide-react";
import { useState } from "react";
import { client, type Schemas } from "~/api";
import { useAct } from "~/ui/act";
import { Page } from "~/ui/page";
import { Empty, Failed, Lines } from "~/ui/states";
import { Ago } from "~/ui/time";
import { ContactCard } from "../merging/ContactCard";
import { MergeDialog } from "../merging/MergeDialog";
import classes from "../merging/merging.module.css";
import { undoNotice } from "../merging/undoNotice";
import { usePages, useWho, nameOf } from "../parts/data";

type Pair = Schemas["Duplicate"];
type State = Pair["state"];
const LIST = "/api/contacts/duplicates";
const KEY = "contact-duplicates";

export function DuplicatesScreen() {
  const [state, setState] = useState<State>("open");
  const [merging, setMerging] = useState<Pair>();
  const { items, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePages<Pair>([KEY, LIST, state], async (cursor, signal) => {
    const { data } = await client.GET(LIST, { params: { query: { state, cursor, limit: 20 } }, signal });
    return data!;
  });
  const look = useAct(() => client.POST("/api/contacts/duplicates/look"), { failed: "Nobody looks for duplicates", done: "Looking. What is found appears here." });
  return (
    <Page
      title="Possible duplicates"
      about="They are proposed with reasons; nothing is merged by itself."
      actions={
        <>
          <Button variant="default" leftSection={<ChevronLeft size={14} aria-hidden />} renderRoot={(props) => <Link to="/contacts" {...props} />}>
            Contacts
          </Button>
          <Button variant="default" leftSection={<RefreshCw size={14} aria-hidden />} loading={look.isPending} onClick={() => look.mutate(undefined)}>
            Look now
          </Button>
          <SegmentedControl
            size="xs"
            aria-label="Which pairs"
            data={[
              { value: "open", label: "To decide" },
              { value: "not_the_same", label: "Not the same" },
            ]}
            value={state}
            onChange={(chosen) => setState(chosen as State)}
          />
        </>
      }
    >
      {isPending ? (
        <Lines count={4} height={120} />
      ) : error && !items.length ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !items.length ? (
        <Empty icon={<GitMerge size={28} />} title={state === "open" ? "Nobody seems to be here twice" : "Nobody was judged"}>
          {state === "open" ? "Contacts that changed are looked at about once a minute." : "Pairs that somebody called two people stand here, and can be proposed again."}
        </Empty>
      ) : (
        items.map((pair) => <PairCard key={pair.id} pair={pair} merge={() => setMerging(pair)} />)
      )}
      {hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            More
          </Button>
        </Group>
      )}
      {merging && <MergeDialog one={merging.contacts[0]!} other={merging.contacts[1]!} duplicateId={merging.id} close={() => setMerging(undefined)} />}
    </Page>
  );
}

function without(pair: Pair) {
  type Kept = { pages: { items: Pair[] }[] } | undefined;
  return [{ key: [KEY, LIST], change: (kept: Kept) => kept && { ...kept, pages: kept.pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => id !== pair.id) })) } }];
}

function PairCard({ pair, merge }: { pair: Pair; merge: () => void }) {
  const who = useWho();
  const path = { duplicate_id: pair.id };
  const reopen = useAct(() => client.POST("/api/contacts/duplicates/{duplicate_id}/undo", { params: { path } }), { guess: () => without(pair), failed: "It was not taken back" });
  const part = useAct(() => client.POST("/api/contacts/duplicates/{duplicate_id}/not-the-same", { params: { path } }), {
    guess: () => without(pair),
    failed: "It was not noted",
    onDone: () => undoNotice("They are two people.", () => reopen.mutate(undefined)),
  });
  const names = pair.contacts.map(nameOf).join(" and ");
  return (
    <article className={classes.pair} aria-label={names}>
      <div className={classes.cards}>
        {pair.contacts.map((contact) => (
          <ContactCard key={contact.id} contact={contact} />
        ))}
      </div>
      <ul className={classes.reasons} aria-label="Why">
        {pair.reasons.map((reason) => (
          <li key={reason.rule} data-against={AGAINST.has(reason.rule) || undefined}>
            {reason.words}
          </li>
        ))}
      </ul>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {likely(pair.score)}
          {pair.judged_before && "; judged before, and a proved address has come up since"}
          {pair.judged && (
            <>
              ; {who(pair.judged.judged_by)} said that they are not the same, <Ago at={pair.judged.judged_at} />
            </>
          )}
        </Text>
        {pair.state === "open" ? (
          <Group gap="xs">
            <Button variant="default" onClick={() => part.mutate(undefined)}>
              Not the same
            </Button>
            <Button leftSection={<GitMerge size={14} aria-hidden />} onClick={merge}>
              Merge…
            </Button>
          </Group>
        ) : (
          <Button variant="default" onClick={() => reopen.mutate(undefined)}>
            Propose again
          </Button>
        )}
      </Group>
    </article>
  );
}

const AGAINST = new Set(["family", "other_name", "other_proved_mailbox", "other_birthday"]);

function likely(score: number): string {
  return `${score >= 0.85 ? "Very likely" : score >= 0.7 ? "Likely" : "Perhaps"} (${Math.round(score * 100)} %)`;
}
