"""Writes to imports: a file becomes rows, its mapping changes, work is begun, and what was read is forgotten."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.contacts.imports import columns
from dynaris.contacts.imports.mapped_row import ImportOptions
from dynaris.contacts.imports.reading import Row, Sheet, opened
from dynaris.contacts.imports.running import IMPORT_JOB
from dynaris.contacts.names import readable_name
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.workspaces.actions import record
from dynaris.workspaces.country import country_at

_MOST_KEPT = 30  # imports of a workspace whose rows are not forgotten: each may have 10 MB
_READ_AT_ONCE = 1_000
_AT_REST = ("uploaded", "checked", "applied", "undone", "failed")

_KEEP_ROWS = """INSERT INTO contact_import_row (workspace_id, id, import_id, line, cells, problem)
    SELECT %(ws)s, gen_random_uuid(), %(import)s, r.line, r.cells, r.problem
    FROM jsonb_to_recordset(%(rows)s) AS r (line integer, cells jsonb, problem text)"""


async def create_import(connection: Connection, workspace_id: UUID, content: bytes, *, name: str, by: str) -> UUID:
    """The file's rows are kept, not the file. Raises `InvalidInput`, `TooLarge` or `Conflict`: then nothing is kept."""
    await _refuse_too_many(connection, workspace_id)
    sheet = await asyncio.to_thread(opened, content)
    import_id = new_id()
    proposed = ImportOptions(region=await country_at(connection, workspace_id))
    async with connection.transaction():
        count = await _keep_rows(connection, workspace_id, import_id, sheet)
        if not count:
            raise InvalidInput("expected rows below the header, got none")
        await connection.execute(
            """INSERT INTO contact_import
                   (workspace_id, id, name, state, encoding, delimiter, columns, options, rows, created_by, asked_by)
               VALUES (%s, %s, %s, 'uploaded', %s, %s, %s, %s, %s, %s, %s)""",
            (
                workspace_id,
                import_id,
                readable_name(name) or "contacts.csv",
                sheet.encoding,
                sheet.delimiter,
                Jsonb(columns.described(sheet.header)),
                Jsonb(proposed.model_dump()),
                count,
                by,
                by,
            ),
        )
        await _record(connection, workspace_id, import_id, by=by, what="uploaded", detail={"rows": count})
    return import_id


async def _refuse_too_many(connection: Connection, workspace_id: UUID) -> None:
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM contact_import WHERE workspace_id = %s AND state <> 'forgotten'", (workspace_id,)
    )
    row = await cursor.fetchone()
    if row and row["n"] >= _MOST_KEPT:
        how = "DELETE /api/contacts/imports/{id} forgets one"
        raise Conflict(f"the rows of {row['n']} imports are kept, at most {_MOST_KEPT} can be: {how}")


async def _keep_rows(connection: Connection, workspace_id: UUID, import_id: UUID, sheet: Sheet) -> int:
    """Read in a thread and piece by piece: a large file neither holds up others nor lies in memory as rows."""
    batches = sheet.batches(_READ_AT_ONCE)
    count = 0
    while batch := await asyncio.to_thread(next, batches, None):
        await connection.execute(
            _KEEP_ROWS, {"ws": workspace_id, "import": import_id, "rows": await asyncio.to_thread(_rows, batch)}
        )
        count += len(batch)
    return count


def _rows(batch: list[Row]) -> Jsonb:
    return Jsonb([{"line": row.line, "cells": row.cells, "problem": row.problem} for row in batch])


async def change_import(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    *,
    targets: dict[int, str | None] | None,
    options: dict[str, Any],
    by: str,
) -> None:
    """`targets` by the column's number, from 0. What a dry run said before no longer counts."""
    async with connection.transaction():
        row = await _locked(connection, workspace_id, import_id, ("uploaded", "checked"), "be changed")
        found = row["columns"]
        for index, target in (targets or {}).items():
            if not 0 <= index < len(found):
                raise InvalidInput(f"expected a column from 0 to {len(found) - 1}, got {index}")
            found[index]["target"] = target
        if wrong := columns.problems([column["target"] for column in found]):
            raise InvalidInput("; ".join(wrong[:5]))
        chosen = ImportOptions.model_validate({**row["options"], **options})
        await connection.execute(
            """UPDATE contact_import SET columns = %s, options = %s, state = 'uploaded', planned = '{}', done = 0
               WHERE workspace_id = %s AND id = %s""",
            (Jsonb(found), Jsonb(chosen.model_dump()), workspace_id, import_id),
        )
        await _record(connection, workspace_id, import_id, by=by, what="mapped")


async def start(connection: Connection, workspace_id: UUID, import_id: UUID, *, what: str, by: str) -> None:
    """`what`: checking, applying or undoing. Asked twice, it is begun once. Raises `Conflict` out of its turn."""
    allowed = {"checking": ("uploaded", "checked"), "applying": ("checked",), "undoing": ("applied", "failed")}[what]
    words = {"checking": "be looked at", "applying": "be applied", "undoing": "be undone"}[what]
    async with connection.transaction():
        row = await _locked(connection, workspace_id, import_id, (*allowed, what), words)
        if row["state"] == what:
            return
        await connection.execute(
            "UPDATE contact_import SET state = %s, asked_by = %s, done = 0 WHERE workspace_id = %s AND id = %s",
            (what, by, workspace_id, import_id),
        )
        arguments = {"workspace_id": str(workspace_id), "import_id": str(import_id)}
        await defer(connection, IMPORT_JOB, arguments, lock=f"imports:{workspace_id}")
        await _record(connection, workspace_id, import_id, by=by, what=what)


async def forget_import(connection: Connection, workspace_id: UUID, import_id: UUID, *, by: str) -> None:
    """What was read is removed; counts and the audit log stay. It can no longer be undone then."""
    async with connection.transaction():
        allowed = (*_AT_REST, "forgotten")
        await _locked(connection, workspace_id, import_id, allowed, "be forgotten")
        await _forget(connection, workspace_id, [import_id])
        await _record(connection, workspace_id, import_id, by=by, what="forgotten")


async def forget_imports(connection: Connection, workspace_id: UUID, before: datetime) -> int:
    """Retention: what imports that were uploaded before then have read; how many were forgotten."""
    cursor = await connection.execute(
        """SELECT id FROM contact_import
           WHERE workspace_id = %s AND created_at < %s AND state = ANY(%s) FOR UPDATE""",
        (workspace_id, before, list(_AT_REST)),
    )
    ids = [row["id"] for row in await cursor.fetchall()]
    await _forget(connection, workspace_id, ids)
    return len(ids)


async def _forget(connection: Connection, workspace_id: UUID, ids: list[UUID]) -> None:
    await connection.execute(
        "DELETE FROM contact_import_row WHERE workspace_id = %s AND import_id = ANY(%s)", (workspace_id, ids)
    )
    await connection.execute(
        """UPDATE contact_import SET state = 'forgotten', columns = '[]', name = '',
               forgotten_at = coalesce(forgotten_at, clock_timestamp())
           WHERE workspace_id = %s AND id = ANY(%s)""",
        (workspace_id, ids),
    )


async def _locked(
    connection: Connection, workspace_id: UUID, import_id: UUID, allowed: tuple[str, ...], words: str
) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT * FROM contact_import WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, import_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no import {import_id}")
    if row["state"] not in allowed:
        hint = ": run the dry run first" if (row["state"], words) == ("uploaded", "be applied") else ""
        raise Conflict(f"an import that is {row['state']} cannot {words}{hint}", state=row["state"])
    return row


async def _record(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    *,
    by: str,
    what: str,
    detail: dict[str, Any] | None = None,
) -> None:
    subject = f"import:{import_id}"
    await record(connection, workspace_id, actor=by, action=f"import.{what}", subject=subject, detail=detail)
