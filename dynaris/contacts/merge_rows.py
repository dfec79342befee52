"""The rows of a merge: what belongs to one contact moves to another, table by table, and can come back."""

from typing import Any
from uuid import UUID

from psycopg import sql

from dynaris.core.db import Connection

# Asked of the database and not of the code: a merge never forgets a table because its module was not loaded.
# Addresses have rules of their own (duplicates); the merge's own tables name contacts otherwise.
_TABLES = """SELECT c.relname AS name, EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'conversation_id' AND NOT a.attisdropped) AS in_conversation
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'address'
      AND EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attname = 'contact_id' AND NOT a.attisdropped)
    ORDER BY c.relname"""

_MOVE = sql.SQL("""WITH moved AS (
        UPDATE {table} SET contact_id = %(keep)s WHERE workspace_id = %(ws)s AND contact_id = %(drop)s RETURNING id)
    INSERT INTO merge_move (workspace_id, id, merge_id, table_name, row_key)
    SELECT %(ws)s, gen_random_uuid(), %(merge)s, {name}, jsonb_build_object('id', id) FROM moved""")

# By list and not by a join with `merge_move`: of rows written a moment ago the planner knows nothing, and its
# guess made ten thousand of them take 40 seconds.
_MOVED = """SELECT table_name, array_agg((row_key->>'id')::uuid) AS ids FROM merge_move
    WHERE workspace_id = %(ws)s AND merge_id = %(merge)s AND before = '{}' GROUP BY table_name"""

_RETURN = sql.SQL("""UPDATE {table} SET contact_id = %(drop)s
    WHERE workspace_id = %(ws)s AND contact_id = %(keep)s AND id = ANY(%(ids)s)""")

# What was added to a returning conversation since belongs with it, whoever's it is called now.
_FOLLOW = sql.SQL("""UPDATE {table} SET contact_id = %(drop)s
    WHERE workspace_id = %(ws)s AND contact_id = %(keep)s AND conversation_id = ANY(%(ids)s)""")

_COUNT = sql.SQL("SELECT count(*) AS n FROM {table} WHERE workspace_id = %s AND contact_id = %s")

# Where both have an address, the one that holds it stays, else the kept contact's. The other row is put aside.
_DUPLICATES = """WITH put_aside AS (
        DELETE FROM address loser USING address winner
        WHERE loser.workspace_id = %(ws)s AND winner.workspace_id = %(ws)s
          AND loser.kind = winner.kind AND loser.value = winner.value
          AND (loser.contact_id, winner.contact_id) IN ((%(keep)s, %(drop)s), (%(drop)s, %(keep)s))
          AND (winner.holds OR winner.contact_id = %(keep)s AND NOT loser.holds)
        RETURNING loser.*)
    INSERT INTO merge_move (workspace_id, id, merge_id, table_name, row_key, before)
    SELECT %(ws)s, gen_random_uuid(), %(merge)s, 'address', jsonb_build_object('id', id), to_jsonb(put_aside)
    FROM put_aside"""

_TAKE_OUT_AGAIN = """INSERT INTO address
    SELECT (jsonb_populate_record(NULL::address, m.before)).* FROM merge_move m
    WHERE m.workspace_id = %(ws)s AND m.merge_id = %(merge)s AND m.table_name = 'address' AND m.before <> '{}'
    ON CONFLICT DO NOTHING"""


async def movable_tables(connection: Connection) -> dict[str, bool]:
    """Every table whose rows belong to a contact, but for addresses; and whether they belong to a conversation too."""
    rows = await (await connection.execute(_TABLES)).fetchall()
    return {row["name"]: row["in_conversation"] for row in rows}


async def move_rows(connection: Connection, workspace_id: UUID, merge_id: UUID, keep: UUID, drop: UUID) -> int:
    """What `drop` has becomes `keep`'s, noted row by row under `merge_id`; how many rows."""
    names = {"ws": workspace_id, "merge": merge_id, "keep": keep, "drop": drop}
    await connection.execute(_DUPLICATES, names)
    moved = 0
    for table in ("address", *await movable_tables(connection)):
        moved += (await connection.execute(_of(_MOVE, table), names)).rowcount
    return moved


async def return_rows(connection: Connection, workspace_id: UUID, merge_id: UUID, keep: UUID, drop: UUID) -> None:
    names: dict[str, Any] = {"ws": workspace_id, "merge": merge_id, "keep": keep, "drop": drop}
    rows = await (await connection.execute(_MOVED, names)).fetchall()
    moved = {row["table_name"]: row["ids"] for row in rows}
    for table, ids in moved.items():
        await connection.execute(_of(_RETURN, table), {**names, "ids": ids})
    for table, in_conversation in (await movable_tables(connection)).items():
        if in_conversation and "conversation" in moved:
            await connection.execute(_of(_FOLLOW, table), {**names, "ids": moved["conversation"]})
    await connection.execute(_TAKE_OUT_AGAIN, names)


async def count_rows(connection: Connection, workspace_id: UUID, contact_id: UUID) -> dict[str, int]:
    """How many rows of each table a contact has; tables without any are left out."""
    counts: dict[str, int] = {}
    for table in ("address", *await movable_tables(connection)):
        row = await (await connection.execute(_of(_COUNT, table), (workspace_id, contact_id))).fetchone()
        if row and row["n"]:
            counts[table] = row["n"]
    return counts


def _of(statement: sql.SQL, table: str) -> sql.Composed:
    return statement.format(table=sql.Identifier(table), name=sql.Literal(table))
