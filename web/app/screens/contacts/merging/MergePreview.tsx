/** What the one contact would be: its addresses, its fields, what moves, and what only one of the two can say. */
import { Table, Text } from "@mantine/core";
import { BadgeCheck } from "lucide-react";
import { calledBy } from "~/ui/contact";
import { Failed, Lines } from "~/ui/states";
import { ADDRESS_KINDS, shownAddress, STATUSES, type Address, type Status, useMembers, written } from "../parts/data";
import { usePreview, type Preview } from "./merge";
import classes from "./merging.module.css";

const MOVED: Record<string, [one: string, many: string]> = {
  conversation: ["conversation", "conversations"],
  message: ["message", "messages"],
  booking: ["booking", "bookings"],
  task: ["task", "tasks"],
  follow_up: ["follow-up", "follow-ups"],
  event: ["event", "events"],
  approval: ["approval", "approvals"],
  contact_fact: ["remembered fact", "remembered facts"],
  consent: ["word about messages", "words about messages"],
  address: ["address", "addresses"],
};
const FIELDS: Record<string, string> = { name: "Name", owner_id: "Looked after by", language: "Language", timezone: "Time zone", status: "Status" };

export function MergePreview({ keep, drop }: { keep: string; drop: string }) {
  const { data, isPending, error, refetch } = usePreview({ keep, drop });
  if (isPending) return <Lines count={3} height={28} />;
  if (!data) return <Failed error={error} retry={() => void refetch()} />;
  return <Shown preview={data} />;
}

function Shown({ preview }: { preview: Preview }) {
  const members = useMembers();
  const fields = preview.fields as { name: string | null; status: Status; tags: string[]; fields: Record<string, unknown>; owner_id: string | null };
  const say = (field: string, value: unknown) => (field === "owner_id" ? (members.get(String(value)) ?? "—") : field === "status" ? STATUSES[value as Status] : written(value));
  const moves = Object.entries(preview.moves).flatMap(([table, count]) => (MOVED[table] ? [`${count} ${MOVED[table][count === 1 ? 0 : 1]}`] : []));
  return (
    <div className={classes.preview} role="group" aria-label="What they will be">
      <Text fw={600}>{calledBy(fields.name, true, preview.addresses.find(({ kind }) => kind !== "visitor")?.display)}</Text>
      <Text size="sm" c="dimmed">
        {[STATUSES[fields.status], ...fields.tags].join(" · ")}
      </Text>
      <ul className={classes.plain}>
        {preview.addresses.map(({ kind, value, display, verified, claimed }) => (
          <li key={`${kind}:${value}`}>
            {shownAddress({ kind: kind as Address["kind"], value, display })} <small>{ADDRESS_KINDS[kind] ?? kind}</small>
            {verified && <BadgeCheck size={13} role="img" aria-label="proved" />}
            {claimed && <small> (they only say so)</small>}
          </li>
        ))}
      </ul>
      {Object.keys(fields.fields).length > 0 && (
        <Text size="sm" component="p" mt={4}>
          {Object.entries(fields.fields).map(([name, value]) => `${name}: ${written(value)}`).join(" · ")}
        </Text>
      )}
      <Text size="sm" mt="xs">
        {moves.length ? `It takes over ${moves.join(", ")}.` : "Nothing else has to move."}
      </Text>
      {preview.conflicts.length > 0 && (
        <Table mt="xs" fz="sm" captionSide="top">
          <Table.Caption ta="left" mt={0}>
            Both say something else here. What stays is on the left; the other is kept for an undo.
          </Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>Stays</Table.Th>
              <Table.Th>Goes</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.conflicts.map(({ field, keep, drop }) => (
              <Table.Tr key={field}>
                <Table.Td>{FIELDS[field] ?? field.replace(/^fields\./, "")}</Table.Td>
                <Table.Td>{say(field, field === "status" ? fields.status : keep)}</Table.Td>
                <Table.Td c="dimmed">
                  <s>{say(field, field === "status" && drop === fields.status ? keep : drop)}</s>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </div>
  );
}
