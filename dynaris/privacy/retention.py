"""How long things are kept: for ever, unless a workspace says otherwise; technical leftovers always go.

A daily round for each workspace, in small batches along the rows' ids, each its own statement: no lock is held for
long, and a round that is cut short is taken up an hour later from whatever is left.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, LiteralString, get_args
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from dynaris.contacts.imports.actions import forget_imports
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError, InvalidInput
from dynaris.core.ids import first_id
from dynaris.core.jobs import delete_ended_jobs
from dynaris.knowledge.documents.leftovers import drop_old_folders, drop_unnamed_files
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import record
from dynaris.workspaces.queries import workspace_ids

log = structlog.get_logger()

Kind = Literal["raw_events", "messages", "journals", "attachments", "exports", "audit"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Days. The least leaves time for what may still be needed: a replay, a complaint, an audit.
LEAST: Mapping[Kind, int] = {
    "raw_events": 7,
    "messages": 30,
    "journals": 7,
    "attachments": 7,
    "exports": 1,
    "audit": 90,
}
MOST: Mapping[Kind, int] = {**dict.fromkeys(KINDS, 36_500), "exports": 30}

_IMPORTS_FOR = timedelta(days=30)  # what a file of contacts said: time enough to undo the import
_UNNAMED_FOR = timedelta(days=1)  # a stored file may be without a row: longer than any upload takes
_BATCH = 500
_PAUSE = 0.02  # seconds between batches: others come first
_LOOK_EVERY = 300.0  # seconds: whether a round is due
_ROUND = "round"  # the row that says when the last one was


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that are due: their ids lie before `until`, and what is to go is still there."""

    table: LiteralString
    due: LiteralString
    change: LiteralString | None  # `None`: the row goes


# Closed by a person; or nobody has to, because nothing in it waits for anybody.
_OVER: LiteralString = """c.last_message_at < %(before)s AND (c.status = 'closed' OR (
        c.status = 'open' AND c.respond_by IS NULL
        AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.conversation_id = c.id
                        AND e.status <> 'done')
        AND NOT EXISTS (SELECT FROM follow_up f WHERE f.workspace_id = %(ws)s AND f.conversation_id = c.id
                        AND f.status = 'waiting')))"""
_OF_OVER: LiteralString = f"""EXISTS (SELECT FROM conversation c WHERE c.workspace_id = %(ws)s
    AND c.id = t.conversation_id AND {_OVER})"""

PARTS: Mapping[Kind, tuple[Part, ...]] = {
    "raw_events": (
        Part(
            "event",
            "t.status = 'done' AND t.settled_at < %(before)s AND t.raw <> ''",
            # what keeps a replay from sending a second reply
            "raw = '', meta = jsonb_strip_nulls(jsonb_build_object('already_sent', meta->'already_sent'))",
        ),
    ),
    "messages": (
        Part(
            "message",
            f"(t.text <> '' OR t.html IS NOT NULL OR t.quoted IS NOT NULL OR t.subject IS NOT NULL) AND {_OF_OVER}",
            "text = '', html = NULL, quoted = NULL, subject = NULL, data = '{}'",
        ),
        Part(
            "outbox",
            f"""t.status NOT IN ('queued', 'sending') AND t.content <> '{{}}'
                AND (t.audience = 'member' AND t.created_at < %(before)s OR {_OF_OVER})""",
            "content = '{}'",
        ),
        Part("notification_escalation", "t.created_at < %(before)s AND t.status <> 'waiting'", None),
        Part("notification", "t.created_at < %(before)s", None),
        Part(
            "conversation",
            f"""(coalesce(t.subject, t.summary, t.base_subject, t.story) IS NOT NULL)
                AND EXISTS (SELECT FROM conversation c WHERE c.workspace_id = %(ws)s AND c.id = t.id AND {_OVER})""",
            "subject = NULL, summary = NULL, base_subject = NULL, story = NULL, story_to = NULL",
        ),
    ),
    "journals": (
        Part(
            "run_step",
            """(t.request IS NOT NULL OR t.response IS NOT NULL) AND EXISTS (
               SELECT FROM run r WHERE r.workspace_id = %(ws)s AND r.id = t.run_id
                 AND r.status IN ('done', 'failed') AND r.ended_at < %(before)s)""",
            "request = NULL, response = NULL, error = NULL",
        ),
        Part(
            "run",
            "t.status IN ('done', 'failed') AND t.ended_at < %(before)s AND t.prompt <> '{}'",
            "prompt = '{}', output = NULL, error = NULL",
        ),
        Part(
            "approval",
            "t.status <> 'pending' AND t.decided_at < %(before)s AND t.proposal <> '{}'",
            "proposal = '{}', edits = NULL, reason = NULL",
        ),
    ),
    "attachments": (Part("attachment", "t.created_at < %(before)s", None),),
    "exports": (),  # each export knows when it expires
    "audit": (Part("audit_entry", "t.created_at < %(before)s", None),),
}
# Not time-ordered ids: these tables are walked whole.
_RANDOM_IDS = frozenset({"run_step"})

_LEFTOVERS: tuple[Part, ...] = (
    Part(  # uploaded, and never sent
        "attachment",
        """t.message_id IS NULL AND t.created_at < %(now)s - interval '7 days' AND NOT EXISTS (
           SELECT FROM draft d WHERE d.workspace_id = %(ws)s AND t.id = ANY(d.attachment_ids)
             AND d.updated_at > %(now)s - interval '90 days')""",
        None,
    ),
    Part("verification_code", "t.expires_at < %(now)s - interval '1 day'", None),
    Part("contact_export", "t.status = 'expired' AND t.expires_at < %(now)s - interval '30 days'", None),
    Part("batch", "t.ended_at < %(now)s - interval '30 days'", None),  # with what became of its events
)


async def settings_of(connection: Connection, workspace_id: UUID) -> dict[Kind, int | None]:
    cursor = await connection.execute("SELECT kind, days FROM retention WHERE workspace_id = %s", (workspace_id,))
    found = {row["kind"]: row["days"] for row in await cursor.fetchall()}
    return {kind: found.get(kind) for kind in KINDS}


def check(wanted: Mapping[Kind, int | None]) -> None:
    """Raises `InvalidInput` for a number of days that is too small or too large."""
    for kind, days in wanted.items():
        if days is not None and not LEAST[kind] <= days <= MOST[kind]:
            raise InvalidInput(f"{kind}: expected {LEAST[kind]} to {MOST[kind]} days, or null to keep, got {days}")


async def change_settings(
    connection: Connection, workspace_id: UUID, wanted: Mapping[Kind, int | None], *, by: str
) -> dict[Kind, int | None]:
    """To be called in a transaction. Raises `InvalidInput`."""
    check(wanted)
    before = await settings_of(connection, workspace_id)
    for kind, days in wanted.items():
        await connection.execute(
            """INSERT INTO retention (workspace_id, kind, days) VALUES (%s, %s, %s)
               ON CONFLICT (workspace_id, kind) DO UPDATE SET days = excluded.days""",
            (workspace_id, kind, days),
        )
    after: dict[Kind, int | None] = {**before, **wanted}
    if after != before:
        await record(
            connection,
            workspace_id,
            actor=by,
            action="retention.changed",
            subject=f"workspace:{workspace_id}",
            detail={"before": before, "after": after},
        )
    return after


async def preview(
    connection: Connection, workspace_id: UUID, wanted: Mapping[Kind, int | None]
) -> dict[Kind, dict[str, int]]:
    """What the next round would take with these days: rows by table."""
    check(wanted)
    found: dict[Kind, dict[str, int]] = {}
    for kind, days in wanted.items():
        for part in PARTS[kind] if days is not None else ():
            names = _names(workspace_id, days or 0)
            statement = sql.SQL("SELECT count(*) AS n FROM {} t WHERE {}").format(
                sql.Identifier(part.table), _due(part)
            )
            row = await (await connection.execute(statement, names)).fetchone()
            if row and row["n"]:
                found.setdefault(kind, {})[part.table] = row["n"]
    return found


async def run_retention(services: Services) -> None:
    """Until cancelled."""
    while True:
        try:
            await asyncio.to_thread(drop_old_folders)
            rounds = 0
            for workspace_id in await workspace_ids(services.db):
                if await _claim(services, workspace_id):
                    await keep_to_it(services, workspace_id)
                    rounds += 1
            if rounds:
                await _drop_what_is_nobodys(services)
        except (psycopg.Error, DynarisError, OSError) as error:
            log.warning("retention.interrupted", error=repr(error))
        await asyncio.sleep(_LOOK_EVERY)


async def _drop_what_is_nobodys(services: Services) -> None:
    """Leftovers that belong to no workspace."""
    async with services.db.system() as connection:
        await connection.execute("SELECT drop_ended_sign_ins(%s)", (clock.now() - timedelta(days=1),))
        await delete_ended_jobs(connection, clock.now() - timedelta(days=7))


async def _claim(services: Services, workspace_id: UUID) -> bool:
    """One worker does the day's round; if it dies, another one an hour later."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """INSERT INTO retention AS last (workspace_id, kind, ran_at)
               VALUES (%(ws)s, %(kind)s, clock_timestamp() - interval '23 hours')
               ON CONFLICT (workspace_id, kind) DO UPDATE SET ran_at = excluded.ran_at
                   WHERE last.ran_at < clock_timestamp() - interval '1 day' RETURNING kind""",
            {"ws": workspace_id, "kind": _ROUND},
        )
        return await cursor.fetchone() is not None


async def keep_to_it(services: Services, workspace_id: UUID) -> dict[str, int]:
    """One round; how many rows of each table went or were emptied."""
    counts: dict[str, int] = {}
    async with services.db.workspace(workspace_id) as connection:
        wanted = await settings_of(connection, workspace_id)
    await _expire_exports(services, workspace_id, counts)
    for kind, days in wanted.items():
        for part in PARTS[kind] if days is not None else ():
            await _work_off(services, part, _names(workspace_id, days or 0), counts)
    for part in _LEFTOVERS:
        await _work_off(services, part, _names(workspace_id, 0), counts)
    before = clock.now() - _UNNAMED_FOR
    if dropped := await drop_unnamed_files(services.db, services.files, workspace_id, before=before):
        counts["stored_file"] = dropped
    async with services.db.transaction(workspace_id) as connection:
        if forgotten := await forget_imports(connection, workspace_id, clock.now() - _IMPORTS_FOR):
            counts["contact_import"] = forgotten
        await connection.execute(
            "UPDATE retention SET ran_at = clock_timestamp() WHERE workspace_id = %s AND kind = %s",
            (workspace_id, _ROUND),
        )
        if counts:
            await record(
                connection,
                workspace_id,
                actor="system",
                action="retention.applied",
                subject=f"workspace:{workspace_id}",
                detail={"days": wanted, "counts": counts},
            )
    return counts


async def _work_off(services: Services, part: Part, names: dict[str, Any], counts: dict[str, int]) -> None:
    after = UUID(int=0)
    step = _take_files if part.table == "attachment" else _take
    while True:
        ids = await step(services, part, {**names, "after": after})
        if ids:
            counts[part.table] = counts.get(part.table, 0) + len(ids)
            after = max(ids)
        if len(ids) < _BATCH:
            return
        await asyncio.sleep(_PAUSE)


async def _take(services: Services, part: Part, names: dict[str, Any]) -> list[UUID]:
    table = sql.Identifier(part.table)
    if part.change is None:
        statement = sql.SQL("DELETE FROM {} USING due").format(table)
    else:
        statement = sql.SQL("UPDATE {} SET {} FROM due").format(table, sql.SQL(part.change))
    whole = sql.SQL("WITH due AS ({}) {} WHERE {}.workspace_id = %(ws)s AND {}.id = due.id RETURNING {}.id").format(
        _picked(part, "t.id"), statement, table, table, table
    )
    async with services.db.workspace(names["ws"]) as connection:
        return [row["id"] for row in await (await connection.execute(whole, names)).fetchall()]


async def _take_files(services: Services, part: Part, names: dict[str, Any]) -> list[UUID]:
    """The bytes first: a crash in between leaves rows that the next round finds."""
    async with services.db.workspace(names["ws"]) as connection:
        rows = await (await connection.execute(_picked(part, "t.id, t.storage_key"), names)).fetchall()
    for row in rows:
        await services.files.delete(row["storage_key"])
    ids = [row["id"] for row in rows]
    statement = sql.SQL("DELETE FROM {} WHERE workspace_id = %s AND id = ANY(%s)").format(sql.Identifier(part.table))
    async with services.db.workspace(names["ws"]) as connection:
        await connection.execute(statement, (names["ws"], ids))
    return ids


def _picked(part: Part, columns: LiteralString) -> sql.Composed:
    return sql.SQL(
        "SELECT {} FROM {} t WHERE {} AND t.id > %(after)s ORDER BY t.id LIMIT {} FOR UPDATE OF t SKIP LOCKED"
    ).format(sql.SQL(columns), sql.Identifier(part.table), _due(part), sql.SQL(str(_BATCH)))  # type: ignore[arg-type] - a number


def _due(part: Part) -> sql.Composed:
    bound: LiteralString = "" if part.table in _RANDOM_IDS else " AND t.id < %(until)s"
    return sql.SQL("t.workspace_id = %(ws)s{} AND {}").format(sql.SQL(bound), sql.SQL(part.due))


def _names(workspace_id: UUID, days: int) -> dict[str, Any]:
    now = clock.now()
    before = max(now - timedelta(days=days), datetime(1970, 1, 2, tzinfo=UTC))
    return {"ws": workspace_id, "now": now, "before": before, "until": first_id(before)}


async def _expire_exports(services: Services, workspace_id: UUID, counts: dict[str, int]) -> None:
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT id, storage_key FROM contact_export
               WHERE workspace_id = %s AND status = 'ready' AND expires_at < %s ORDER BY id""",
            (workspace_id, clock.now()),
        )
        expired = await cursor.fetchall()
    for row in expired:
        await services.files.delete(row["storage_key"])
    async with services.db.workspace(workspace_id) as connection:
        await connection.execute(
            "UPDATE contact_export SET status = 'expired' WHERE workspace_id = %s AND id = ANY(%s)",
            (workspace_id, [row["id"] for row in expired]),
        )
    if expired:
        counts["contact_export"] = counts.get("contact_export", 0) + len(expired)
