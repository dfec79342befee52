"""Takes an import back: what it made and nobody touched goes, what it changed and nobody changed since is as before."""

from typing import Any
from uuid import UUID

import structlog
from psycopg import Error as DatabaseError
from psycopg import sql
from psycopg.types.json import Jsonb

from dynaris.contacts import merge
from dynaris.contacts.merge_rows import movable_tables
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, DynarisError
from dynaris.core.jobs import lost_database

log = structlog.get_logger()

_AT_ONCE = 100
# The import's own rows; and what was sent: it hangs on conversations, which are looked at, and has no index by contact.
_NOT_ASKED = frozenset({"contact_import_row", "outbox"})

# Latest rows first: a contact that several rows changed goes back step by step.
_DUE = """SELECT id, line, outcome, result, contact_id, created, stamp FROM contact_import_row
    WHERE workspace_id = %s AND import_id = %s AND outcome IN ('create', 'change', 'merge')
    ORDER BY line DESC LIMIT %s"""

# The latest moment at which this import left the contact, against the contact's own.
_UNTOUCHED = """SELECT c.id FROM contact c
    WHERE c.workspace_id = %(ws)s AND c.id = ANY(%(ids)s) AND c.merged_into IS NULL
      AND c.updated_at = (SELECT max(r.stamp) FROM contact_import_row r
                          WHERE r.workspace_id = c.workspace_id AND r.contact_id = c.id AND r.import_id = %(import)s)
      AND NOT EXISTS (SELECT FROM address a WHERE a.workspace_id = c.workspace_id AND a.contact_id = c.id
                      AND (a.said_by IS DISTINCT FROM %(by)s OR a.verified_at IS NOT NULL OR a.taken))
      AND NOT EXISTS (SELECT FROM merge m WHERE m.workspace_id = c.workspace_id AND m.keep_id = c.id)
      AND NOT EXISTS (SELECT FROM merge m WHERE m.workspace_id = c.workspace_id AND m.drop_id = c.id)
    FOR UPDATE"""

_SETTLE = """UPDATE contact_import_row
    SET outcome = %(outcome)s, result = result || %(result)s, contact_id = %(contact)s
    WHERE workspace_id = %(ws)s AND id = %(id)s"""


async def undo_rows(db: Database, workspace_id: UUID, import_id: UUID) -> bool:
    """One step; `False` when nothing is left to undo."""
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT state, created_by FROM contact_import WHERE workspace_id = %s AND id = %s FOR UPDATE",
            (workspace_id, import_id),
        )
        found = await cursor.fetchone()
        if found is None or found["state"] != "undoing":
            return False
        rows = await (await connection.execute(_DUE, (workspace_id, import_id, _AT_ONCE))).fetchall()
        made = await _made(connection, workspace_id, import_id, rows)
        for row in rows:
            await _undo_or_leave(connection, workspace_id, import_id, row, made, by=found["created_by"])
        return bool(rows)


async def _made(
    connection: Connection, workspace_id: UUID, import_id: UUID, rows: list[dict[str, Any]]
) -> dict[UUID, bool]:
    """Contacts that this import made; true where nobody wrote to, changed, merged or got an address of them since."""
    cursor = await connection.execute(
        """SELECT DISTINCT contact_id FROM contact_import_row
           WHERE workspace_id = %s AND import_id = %s AND created AND contact_id = ANY(%s)""",
        (workspace_id, import_id, [row["contact_id"] for row in rows]),
    )
    ids = [row["contact_id"] for row in await cursor.fetchall()]
    names = {"ws": workspace_id, "ids": ids, "import": import_id, "by": f"import:{import_id}"}
    free = {row["id"] for row in await (await connection.execute(_UNTOUCHED, names)).fetchall()}
    for table in (await movable_tables(connection)).keys() - _NOT_ASKED:
        if free:
            statement = sql.SQL("SELECT DISTINCT contact_id FROM {} WHERE workspace_id = %s AND contact_id = ANY(%s)")
            cursor = await connection.execute(statement.format(sql.Identifier(table)), (workspace_id, list(free)))
            free -= {row["contact_id"] for row in await cursor.fetchall()}
    return {contact_id: contact_id in free for contact_id in ids}


async def _undo_or_leave(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    row: dict[str, Any],
    made: dict[UUID, bool],
    *,
    by: str,
) -> None:
    """A row that the database refuses to undo stays as it is, and holds up no other."""
    try:
        async with connection.transaction():
            await _undo_row(connection, workspace_id, import_id, row, made, by=by)
    except (DatabaseError, DynarisError) as error:
        if lost_database(error):
            raise
        log.warning("import.row_not_undone", import_id=str(import_id), line=row["line"], error=repr(error))
        note = f"it could not be undone: {type(error).__name__}"
        await _settle(connection, workspace_id, row, outcome="kept", note=note, contact_id=row["contact_id"])


async def _undo_row(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    row: dict[str, Any],
    made: dict[UUID, bool],
    *,
    by: str,
) -> None:
    contact_id, note = row["contact_id"], None
    if made.get(contact_id):
        outcome = "removed"
        if row["created"]:
            await _remove(connection, workspace_id, contact_id)
            contact_id = None
    elif contact_id is None or contact_id in made:
        outcome, note = "kept", "somebody has had to do with it since"
    else:
        left = await _restore(connection, workspace_id, import_id, row)
        left += await _part(connection, workspace_id, row, by=by)
        outcome = "restored"
        note = f"changed since, and left as it is: {', '.join(left)}" if left else None
    await _settle(connection, workspace_id, row, outcome=outcome, note=note, contact_id=contact_id)


async def _settle(
    connection: Connection,
    workspace_id: UUID,
    row: dict[str, Any],
    *,
    outcome: str,
    note: str | None,
    contact_id: UUID | None,
) -> None:
    result = Jsonb({"undo": note} if note else {})
    names = {"ws": workspace_id, "id": row["id"], "outcome": outcome, "result": result, "contact": contact_id}
    await connection.execute(_SETTLE, names)


async def _remove(connection: Connection, workspace_id: UUID, contact_id: UUID) -> None:
    await connection.execute(
        "DELETE FROM address WHERE workspace_id = %s AND contact_id = %s", (workspace_id, contact_id)
    )
    await connection.execute("DELETE FROM contact WHERE workspace_id = %s AND id = %s", (workspace_id, contact_id))


async def _restore(connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any]) -> list[str]:
    """The names of fields that somebody changed since."""
    cursor = await connection.execute(
        """SELECT name, language, timezone, status, tags, fields FROM contact
           WHERE workspace_id = %s AND id = %s FOR UPDATE""",
        (workspace_id, row["contact_id"]),
    )
    now = await cursor.fetchone()
    if now is None:
        return []
    left = [change["field"] for change in row["result"].get("changes", []) if not _set_back(now, change)]
    await connection.execute(
        """UPDATE contact SET name = %(name)s, language = %(language)s, timezone = %(timezone)s, status = %(status)s,
               tags = %(tags)s, fields = %(fields)s, updated_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {**now, "fields": Jsonb(now["fields"]), "ws": workspace_id, "id": row["contact_id"]},
    )
    for address in row["result"].get("addresses", []):
        await connection.execute(
            """DELETE FROM address WHERE workspace_id = %s AND contact_id = %s AND kind = %s AND value = %s
               AND said_by = %s AND verified_at IS NULL AND NOT taken""",
            (workspace_id, row["contact_id"], address["kind"], address["value"], f"import:{import_id}"),
        )
    return left


def _set_back(now: dict[str, Any], change: dict[str, Any]) -> bool:
    """Whether the field was as the import left it."""
    name, old, new = change["field"], change["old"], change["new"]
    if name == "tags":
        now["tags"] = [tag for tag in now["tags"] if tag in old or tag not in new]
        return True
    where, key = (now["fields"], name.removeprefix("fields.")) if name.startswith("fields.") else (now, name)
    if where.get(key) != new:
        return False
    if where is now or old is not None:
        where[key] = old
    else:
        del where[key]
    return True


async def _part(connection: Connection, workspace_id: UUID, row: dict[str, Any], *, by: str) -> list[str]:
    """Undoes the merges of a row; those that others are entangled with stay."""
    left = []
    for merge_id in row["result"].get("merges", []):
        try:
            await merge.undo(connection, workspace_id, UUID(merge_id), by=by)
        except Conflict as error:
            left.append(f"merge {merge_id} ({error.detail})")
    return left
