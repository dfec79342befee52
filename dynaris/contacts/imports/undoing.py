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

# Rows of these contacts that were another contact's when they were applied, and came with its merge.
_MOVED = """SELECT r.id FROM contact_import_row r
    JOIN merge m ON m.workspace_id = r.workspace_id AND m.keep_id = r.contact_id AND m.undone_at IS NULL
    JOIN merge_move v ON v.workspace_id = m.workspace_id AND v.merge_id = m.id
         AND v.table_name = 'contact_import_row' AND v.row_key = jsonb_build_object('id', r.id)
    WHERE r.workspace_id = %(ws)s AND r.import_id = %(import)s AND r.contact_id = ANY(%(ids)s)"""

_MADE = """SELECT DISTINCT contact_id FROM contact_import_row
    WHERE workspace_id = %(ws)s AND import_id = %(import)s AND created AND contact_id = ANY(%(ids)s)
      AND id <> ALL(%(moved)s)"""

# The latest moment at which this import left the contact, against the contact's own.
_AS_LEFT = """SELECT c.id FROM contact c
    WHERE c.workspace_id = %(ws)s AND c.id = ANY(%(ids)s) AND c.merged_into IS NULL
      AND c.updated_at = (SELECT max(r.stamp) FROM contact_import_row r
                          WHERE r.workspace_id = c.workspace_id AND r.contact_id = c.id AND r.import_id = %(import)s)"""
_UNTOUCHED = f"""{_AS_LEFT}
      AND NOT EXISTS (SELECT FROM address a WHERE a.workspace_id = c.workspace_id AND a.contact_id = c.id
                      AND (a.said_by IS DISTINCT FROM %(by)s OR a.verified_at IS NOT NULL OR a.taken))
    FOR UPDATE"""

_STAMP = """UPDATE contact_import_row r SET stamp = c.updated_at FROM contact c
    WHERE r.workspace_id = %(ws)s AND r.import_id = %(import)s AND r.contact_id = c.id AND r.stamp IS NOT NULL
      AND c.workspace_id = %(ws)s AND c.id = ANY(%(ids)s)"""

_SETTLE = """UPDATE contact_import_row
    SET outcome = %(outcome)s, result = result || %(result)s, contact_id = %(contact)s
    WHERE workspace_id = %(ws)s AND id = %(id)s"""


async def undo_rows(db: Database, workspace_id: UUID, import_id: UUID) -> bool:
    """One step; `False` when nothing is left to undo."""
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT state, asked_by FROM contact_import WHERE workspace_id = %s AND id = %s FOR UPDATE",
            (workspace_id, import_id),
        )
        found = await cursor.fetchone()
        if found is None or found["state"] != "undoing":
            return False
        rows = await (await connection.execute(_DUE, (workspace_id, import_id, _AT_ONCE))).fetchall()
        rows = _up_to_a_merge(rows)
        fates = await _fates(connection, workspace_id, import_id, rows)
        for row in rows:
            await _undo_or_leave(connection, workspace_id, import_id, row, fates[row["id"]], by=found["asked_by"])
        await connection.execute(
            "UPDATE contact_import SET done = done + %s WHERE workspace_id = %s AND id = %s",
            (len(rows), workspace_id, import_id),
        )
        return bool(rows)


def _up_to_a_merge(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A merge is undone in a step of its own: only then it is seen whose the rows before it are."""
    merges = [number for number, row in enumerate(rows) if row["outcome"] == "merge"]
    return rows[: merges[0] or 1] if merges else rows


async def _fates(
    connection: Connection, workspace_id: UUID, import_id: UUID, rows: list[dict[str, Any]]
) -> dict[UUID, str]:
    """What is to be done about each row: `restore`, `remove`; or `touched` or `merged`, which leave it as it is."""
    names: dict[str, Any] = {"ws": workspace_id, "import": import_id, "ids": [row["contact_id"] for row in rows]}
    moved = {row["id"] for row in await (await connection.execute(_MOVED, names)).fetchall()}
    cursor = await connection.execute(_MADE, {**names, "moved": list(moved)})
    made = {row["contact_id"] for row in await cursor.fetchall()}
    free = await _free(connection, workspace_id, import_id, made)

    def fate(row: dict[str, Any]) -> str:
        if row["id"] in moved:
            return "merged"
        if row["outcome"] == "merge":
            return "restore"
        if row["contact_id"] in free:
            return "remove"
        return "touched" if row["created"] or row["contact_id"] in made else "restore"

    return {row["id"]: fate(row) for row in rows}


async def _free(connection: Connection, workspace_id: UUID, import_id: UUID, made: set[UUID]) -> set[UUID]:
    """Of contacts that this import made, those that nobody wrote to, changed, merged or gave an address since."""
    names = {"ws": workspace_id, "ids": list(made), "import": import_id, "by": f"import:{import_id}"}
    free = {row["id"] for row in await (await connection.execute(_UNTOUCHED, names)).fetchall()}
    for table in (await movable_tables(connection)).keys() - _NOT_ASKED:
        if free:
            statement = sql.SQL("SELECT DISTINCT contact_id FROM {} WHERE workspace_id = %s AND contact_id = ANY(%s)")
            cursor = await connection.execute(statement.format(sql.Identifier(table)), (workspace_id, list(free)))
            free -= {row["contact_id"] for row in await cursor.fetchall()}
    return free


async def _undo_or_leave(
    connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any], fate: str, *, by: str
) -> None:
    """A row that the database refuses to undo stays as it is, and holds up no other."""
    try:
        async with connection.transaction():
            await _undo_row(connection, workspace_id, import_id, row, fate, by=by)
    except (DatabaseError, DynarisError) as error:
        if lost_database(error):
            raise
        kind = type(error).__name__  # what the database says of it may hold the row's own words
        log.warning("import.row_not_undone", import_id=str(import_id), line=row["line"], error=kind)
        why = error.detail if isinstance(error, DynarisError) else kind
        await _keep(connection, workspace_id, import_id, row, note=f"it could not be undone: {why}")


async def _undo_row(
    connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any], fate: str, *, by: str
) -> None:
    match fate:
        case "merged":
            await _keep(connection, workspace_id, import_id, row, note="it was merged into another contact since")
        case "touched":
            await _keep(connection, workspace_id, import_id, row, note="somebody has had to do with it since")
        case "remove":
            contact_id = row["contact_id"]
            if row["created"]:
                await _remove(connection, workspace_id, contact_id)
                contact_id = None
            await _settle(connection, workspace_id, row, outcome="removed", note=None, contact_id=contact_id)
        case _:
            left = await _restore(connection, workspace_id, import_id, row, by=by)
            note = f"changed since, and left as it is: {', '.join(left)}" if left else None
            await _settle(connection, workspace_id, row, outcome="restored", note=note, contact_id=row["contact_id"])


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


async def _keep(connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any], *, note: str) -> None:
    """With the row that made a contact stay those that were to go with it."""
    await _settle(connection, workspace_id, row, outcome="kept", note=note, contact_id=row["contact_id"])
    if row["created"]:
        await connection.execute(
            """UPDATE contact_import_row SET outcome = 'kept', result = result || %s
               WHERE workspace_id = %s AND import_id = %s AND contact_id = %s AND outcome = 'removed'""",
            (Jsonb({"undo": note}), workspace_id, import_id, row["contact_id"]),
        )


async def _remove(connection: Connection, workspace_id: UUID, contact_id: UUID) -> None:
    """With the merges that the import did with it and undid. Raises `Conflict` while another one is part of it."""
    names: dict[str, Any] = {"ws": workspace_id, "id": contact_id}
    cursor = await connection.execute(
        "SELECT id, undone_at FROM merge WHERE workspace_id = %(ws)s AND (keep_id = %(id)s OR drop_id = %(id)s)", names
    )
    if merges := await cursor.fetchall():
        if any(row["undone_at"] is None for row in merges):
            raise Conflict(f"another contact is part of {contact_id}")
        names["merges"] = [row["id"] for row in merges]
        await connection.execute(
            "DELETE FROM merge_move WHERE workspace_id = %(ws)s AND merge_id = ANY(%(merges)s)", names
        )
        await connection.execute("DELETE FROM merge WHERE workspace_id = %(ws)s AND id = ANY(%(merges)s)", names)
    await connection.execute("DELETE FROM address WHERE workspace_id = %(ws)s AND contact_id = %(id)s", names)
    await connection.execute("DELETE FROM contact WHERE workspace_id = %(ws)s AND id = %(id)s", names)


async def _restore(
    connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any], *, by: str
) -> list[str]:
    """What somebody changed since, and stays."""
    contact_id = row["contact_id"]
    names = {"ws": workspace_id, "import": import_id, "ids": [contact_id]}
    as_left = await (await connection.execute(_AS_LEFT, names)).fetchone() is not None
    left = await _set_fields_back(connection, workspace_id, import_id, row)
    parted = [contact_id]
    for merge_id in reversed(row["result"].get("merges", [])):
        try:
            parted.append((await merge.undo(connection, workspace_id, UUID(merge_id), by=by)).drop)
        except Conflict as error:
            left.append(f"merge {merge_id} ({error.detail})")
    if as_left:  # this undo is not what touched them
        await connection.execute(_STAMP, {**names, "ids": parted})
    return left


async def _set_fields_back(
    connection: Connection, workspace_id: UUID, import_id: UUID, row: dict[str, Any]
) -> list[str]:
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
