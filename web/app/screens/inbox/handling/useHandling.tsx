/** What people do with whole conversations: shown at once, taken back with a notice where the server refuses. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, type Schemas } from "~/api";
import { complain } from "~/ui/act";
import { fromNow } from "~/ui/time";
import { guessLines, renewLines } from "../list/useLines";
import { belongs, type Line, type Me, type Tag } from "../queues";
import { useInboxMe } from "./useInboxMe";

export type Assignee = { member?: { id: string; name: string }; team?: { id: string; name: string } };
type Bulk = Omit<Schemas["BulkAction"], "ids">;
type Guess = (line: Line) => Partial<Line>;

const ONE = "/api/conversations/{conversation_id}";
const oneKey = (id: string) => ["get", ONE, { params: { path: { conversation_id: id } } }] as const;

async function perform(queries: QueryClient, me: Me, ids: readonly string[], failed: string, guess: Guess, run: () => Promise<unknown>): Promise<boolean> {
  const backLines = guessLines(queries, ids, (line, { queue }) => {
    const now = { ...line, ...guess(line) };
    return belongs(now, queue, me) ? now : null;
  });
  const before = ids.map((id) => [oneKey(id), queries.getQueryData<Line>(oneKey(id))] as const);
  for (const [key, one] of before) if (one) queries.setQueryData(key, { ...one, ...guess(one) });
  try {
    await run();
    return true;
  } catch (error) {
    backLines();
    for (const [key, one] of before) queries.setQueryData(key, one);
    complain(error, failed);
    return false;
  } finally {
    void renewLines(queries, ids);
    for (const [key] of before) void queries.invalidateQueries({ queryKey: key });
    void queries.invalidateQueries({ queryKey: ["get", "/api/conversations/counts"] });
  }
}

/** Many are changed one by one: those that were refused are told. */
async function bulk(ids: readonly string[], body: Bulk): Promise<void> {
  const { data } = await client.POST("/api/conversations/bulk", { body: { ids: [...ids], ...body } });
  const refused = data!.items.filter(({ result }) => result !== "done");
  if (refused.length) complain(new Error(refused[0]!.reason ?? "they are gone"), `${refused.length} of ${ids.length} stay as they are`);
}

function told(message: string, undo?: () => void): void {
  const id = `done-${Date.now()}`;
  notifications.show({
    id,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        {undo && (
          <Button
            variant="subtle"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            Undo
          </Button>
        )}
      </Group>
    ),
  });
}

const many = (ids: readonly string[], what: string) => (ids.length === 1 ? what : `${ids.length} conversations: ${what.toLowerCase()}`);

export function useHandling() {
  const queries = useQueryClient();
  const me = useInboxMe();
  return useMemo(() => {
    const act = (ids: readonly string[], failed: string, guess: Guess, run: () => Promise<unknown>) => perform(queries, me, ids, failed, guess, run);
    const path = (id: string) => ({ params: { path: { conversation_id: id } } });
    const held = (name: string | null, id: string | null): Partial<Line> => ({ holder: "member", holder_id: id, holder_name: name, team_id: null, team_name: null, pending_approvals: 0, to_run: 0 });

    const change = (ids: readonly string[], failed: string, changes: Schemas["ConversationChanges"], guess: Partial<Line>) =>
      act(ids, failed, () => guess, () => (ids.length === 1 ? client.PATCH(ONE, { ...path(ids[0]!), body: changes }) : bulk(ids, { changes })));

    const reopen = async (ids: readonly string[]) => {
      await change(ids, "It stays closed", { status: "open" }, { status: "open", snoozed_until: null });
    };
    const close = async (ids: readonly string[]) => {
      const done = await change(ids, "It stays open", { status: "closed" }, { status: "closed", awaits_reply: false, due_at: null, sla: null, pending_approvals: 0, to_run: 0 });
      if (done) told(many(ids, "Closed"), () => void reopen(ids));
    };
    /** Without a time: until the contact writes. */
    const snooze = async (ids: readonly string[], until: Date | null) => {
      const snoozed_until = until?.toISOString() ?? null;
      const done = await change(ids, "It was not snoozed", { status: "snoozed", snoozed_until }, { status: "snoozed", snoozed_until });
      if (done) told(many(ids, until ? `Snoozed, back ${fromNow(until)}` : "Snoozed until they write"), () => void reopen(ids));
    };
    const claim = (line: Pick<Line, "id">) =>
      act([line.id], "It is not yours", () => held(me.name, me.memberId ?? null), () => client.POST("/api/conversations/{conversation_id}/claim", path(line.id)));

    /** `line`, where it is one: refused if somebody else has it meanwhile. */
    const assign = (ids: readonly string[], { member, team }: Assignee, line?: Line) => {
      const guess: Partial<Line> = member ? held(member.name, member.id) : { holder: "team", holder_id: null, holder_name: null, team_id: team?.id ?? null, team_name: team?.name ?? null, pending_approvals: 0, to_run: 0 };
      const body = { member_id: member?.id ?? null, team_id: team?.id ?? null };
      const expected_holder = line && (line.holder === "member" ? line.holder_id : line.holder);
      return act(ids, "It was not assigned", () => guess, () =>
        ids.length === 1 ? client.POST("/api/conversations/{conversation_id}/assign", { ...path(ids[0]!), body: { ...body, expected_holder } }) : bulk(ids, { assign: body }),
      );
    };
    const handBack = async (id: string) => {
      const guess: Partial<Line> = { holder: "agent", holder_id: null, holder_name: null, team_id: null, team_name: null };
      if (await act([id], "It was not handed back", () => guess, () => client.POST("/api/conversations/{conversation_id}/hand-back", path(id)))) told("The AI answers here again");
    };
    /** Where it waits for that in Manual Mode; what the AI then wants to send waits for a yes. */
    const run = async (id: string) => {
      const waiting = async () => {
        const { data } = await client.GET("/api/ledger", { params: { query: { conversation_id: id, waiting_for: "run", limit: 100 } } });
        for (const event of data!.items.reverse()) await client.POST("/api/events/{event_id}/run", { params: { path: { event_id: event.id } } });
      };
      if (await act([id], "The AI was not asked", () => ({ to_run: 0 }), waiting)) told("The AI works on it, and asks before it sends");
    };
    const tag = (ids: readonly string[], chosen: Tag, on: boolean) => {
      const guess: Guess = ({ tags }) => {
        const others = tags.filter(({ id }) => id !== chosen.id);
        return { tags: on ? [...others, chosen].sort((a, b) => a.name.localeCompare(b.name)) : others };
      };
      const one = (id: string) => ({ params: { path: { conversation_id: id, tag_id: chosen.id } } });
      const address = "/api/conversations/{conversation_id}/tags/{tag_id}";
      return act(ids, "The tags were not changed", guess, () => {
        if (ids.length > 1) return bulk(ids, on ? { add_tag: chosen.id } : { take_tag: chosen.id });
        return on ? client.PUT(address, one(ids[0]!)) : client.DELETE(address, one(ids[0]!));
      });
    };
    return { close, reopen, snooze, claim, assign, handBack, run, tag };
  }, [queries, me]);
}

export type Handling = ReturnType<typeof useHandling>;
