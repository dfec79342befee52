/** Row by row: what would become of it, or what became of it. */
import { Badge, Button, Group, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { client } from "~/api";
import { Failed, Lines } from "~/ui/states";
import { ADDRESS_KINDS, usePages, written } from "../parts/data";
import parts from "../parts/parts.module.css";
import classes from "./imports.module.css";
import { ACTIONS, type Action, type Import, type Row, UNDONE } from "./words";

const LIST = "/api/contacts/imports/{import_id}/rows";
const COUNTED = Object.keys(ACTIONS) as Action[];

export function Rows({ found }: { found: Import }) {
  const done = found.state !== "checked";
  const counts = done ? found.results : found.planned;
  const [action, setAction] = useState<Action>();
  const { items, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePages<Row>(["import-rows", LIST, found.id, found.state, action], async (cursor, signal) => {
    const { data } = await client.GET(LIST, { params: { path: { import_id: found.id }, query: { action, cursor, limit: 50 } }, signal });
    return data!;
  });
  return (
    <section aria-label="Rows">
      <Title order={2} size="h3" mt="md" mb="xs">
        {done ? "What became of it" : "What would happen"}
      </Title>
      <Group gap="xs" mb="sm" role="group" aria-label="Show only">
        <Count label="All rows" count={found.rows} chosen={!action} choose={() => setAction(undefined)} />
        {COUNTED.filter((one) => counts[one]).map((one) => (
          <Count key={one} label={ACTIONS[one][done ? "after" : "before"]} about={ACTIONS[one].about} count={counts[one]!} chosen={action === one} choose={() => setAction(one)} />
        ))}
        {Object.keys(UNDONE).map((outcome) => counts[outcome] && <Text key={outcome} size="sm">{UNDONE[outcome]}: {counts[outcome]}</Text>)}
      </Group>
      {(counts.differs ?? 0) > 0 && (
        <Text size="sm" mb="sm">
          {counts.differs} {counts.differs === 1 ? "row" : "rows"} became something else than was said: the contacts had changed meanwhile.
        </Text>
      )}
      {isPending ? (
        <Lines count={5} height={30} />
      ) : error && !items.length ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <ol className={classes.rows}>
          {items.map((row) => (
            <Line key={row.line} row={row} />
          ))}
        </ol>
      )}
      {hasNextPage && (
        <Button fullWidth variant="default" mt="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          More rows
        </Button>
      )}
    </section>
  );
}

function Count({ label, about, count, chosen, choose }: { label: string; about?: string; count: number; chosen: boolean; choose: () => void }) {
  const button = (
    <UnstyledButton className={classes.count} aria-pressed={chosen} onClick={choose}>
      <strong>{count}</strong> {label}
    </UnstyledButton>
  );
  return about ? <Tooltip label={about}>{button}</Tooltip> : button;
}

function Line({ row }: { row: Row }) {
  const became = row.outcome ?? row.action ?? "error";
  const action = ACTIONS[became as Action] as (typeof ACTIONS)[Action] | undefined;
  const name = row.changes.find(({ field }) => field === "name")?.new;
  const others = row.changes.filter(({ field }) => !(became === "create" && field === "name"));
  return (
    <li className={classes.rowLine}>
      <Text span size="xs" c="dimmed" className={classes.number}>
        {row.line}
      </Text>
      <span className={classes.became}>
        <Badge color={action?.color ?? "gray"}>{action ? action[row.outcome ? "after" : "before"] : (UNDONE[became] ?? became)}</Badge>
      </span>
      <div className={parts.text}>
        {became === "create" && <strong>{name ? written(name) : "Without a name"} </strong>}
        {row.fits.map((fit, index) => (
          <Fragment key={index}>
            {index > 0 && " and "}
            {fit.contact ? (
              <Link to="/contacts/$contactId" params={{ contactId: fit.contact }} className={parts.plain}>
                <strong>{fit.name ?? "a contact"}</strong>
              </Link>
            ) : (
              <strong>the contact of line {fit.line}</strong>
            )}{" "}
            <Text span size="xs" c="dimmed">
              {fit.why}
            </Text>
          </Fragment>
        ))}
        {(row.addresses.length > 0 || others.length > 0) && (
          <span className={classes.changes}>
            {row.addresses.map((address) => (
              <span key={address.value}>
                <small>{ADDRESS_KINDS[address.kind ?? ""] ?? address.kind}</small> {address.value}
              </span>
            ))}
            {others.map(({ field, old, new: after }) => (
              <span key={field}>
                <small>{field.replace(/^fields\./, "")}</small> {!isEmpty(old) && <s>{written(old)}</s>} {written(after)}
              </span>
            ))}
          </span>
        )}
        {[row.note, row.differs].filter(Boolean).map((words) => (
          <Text key={words} size="xs" c="dimmed">
            {words}
          </Text>
        ))}
      </div>
      {row.contact_id && row.outcome && row.outcome !== "removed" && (
        <Link to="/contacts/$contactId" params={{ contactId: row.contact_id }} className={parts.plain}>
          <Text span size="xs">
            Open
          </Text>
        </Link>
      )}
    </li>
  );
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
}
