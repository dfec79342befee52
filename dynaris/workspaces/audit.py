"""The audit log, read: who changed what and when, with the names that people know."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.sql import SQL

from dynaris.core.db import Connection, Database
from dynaris.core.http import Position

_PAGE = 1_000  # entries of a download that are in memory at once
COLUMNS = ("created_at", "actor", "actor_name", "action", "subject", "detail")


def in_words(actor: LiteralString) -> LiteralString:
    """Of an actor in a statement with `%(ws)s`, the name that people know."""
    return f"""coalesce(
    CASE WHEN {actor} LIKE 'member:%%' THEN (SELECT name FROM member WHERE workspace_id = %(ws)s
                                             AND id = substr({actor}, 8)::uuid) END,
    CASE WHEN {actor} LIKE 'key:%%' THEN (SELECT 'key ' || name FROM api_key WHERE workspace_id = %(ws)s
                                          AND id = substr({actor}, 5)::uuid) END,
    CASE WHEN {actor} LIKE 'agent:%%' THEN 'agent ' || substr({actor}, 7)
         WHEN {actor} LIKE 'staff:%%' THEN 'staff ' || coalesce(
              (SELECT entered.detail ->> 'name' FROM audit_entry entered WHERE entered.workspace_id = %(ws)s
                   AND entered.actor = {actor} AND entered.action = 'staff.entered'
               ORDER BY entered.created_at DESC, entered.id DESC LIMIT 1), 'of the installation')
         WHEN {actor} = 'system' THEN 'Dynaris itself'
         WHEN {actor} LIKE 'contact:%%' THEN 'the contact' END,
    {actor})"""


_NAMED = in_words("e.actor")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    actor: str | None = None  # whole, or its kind: `key`
    action: str | None = None  # whole, or its beginning: `contact.`
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_CONDITIONS = {
    "actor": SQL("(e.actor = %(actor)s OR starts_with(e.actor, %(actor)s || ':'))"),
    "action": SQL("starts_with(e.action, %(action)s)"),
    "subject": SQL("e.subject = %(subject)s"),
    "since": SQL("e.created_at >= %(since)s"),
    "until": SQL("e.created_at < %(until)s"),
}


async def entries(
    connection: Connection, workspace_id: UUID, wanted: AuditFilter, *, before: Position | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first, up to `limit`."""
    named = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [SQL("e.workspace_id = %(ws)s"), *(_CONDITIONS[name] for name, value in named.items() if value)]
    if before:
        conditions.append(SQL("(e.created_at, e.id) < (%(at)s, %(id)s)"))
        named |= {"at": before.at, "id": before.id}
    cursor = await connection.execute(
        SQL(
            """SELECT e.id, e.created_at, e.actor, {named} AS actor_name, e.action, e.subject, e.detail
               FROM audit_entry e WHERE {conditions} ORDER BY e.created_at DESC, e.id DESC LIMIT %(limit)s"""
        ).format(named=SQL(_NAMED), conditions=SQL(" AND ").join(conditions)),
        {**named, "ws": workspace_id, "limit": limit},
    )
    return await cursor.fetchall()


async def rows_of(db: Database, workspace_id: UUID, wanted: AuditFilter) -> AsyncIterator[list[str]]:
    """Everything that fits, as cells. No connection is held while the reader takes its time."""
    before: Position | None = None
    while True:
        async with db.workspace(workspace_id) as connection:
            rows = await entries(connection, workspace_id, wanted, before=before, limit=_PAGE)
        for row in rows:
            yield _cells(row)
        if len(rows) < _PAGE:
            return
        before = Position(rows[-1]["created_at"], rows[-1]["id"])


def _cells(row: dict[str, Any]) -> list[str]:
    detail = orjson.dumps(row["detail"]).decode()
    return [row["created_at"].isoformat(), *(str(row[name]) for name in COLUMNS[1:-1]), detail]
