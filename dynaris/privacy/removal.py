"""What an erasure takes away: first files, then rows, while it holds the contact's lanes as a worker would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Unavailable
from dynaris.pipeline.intake import erased_name
from dynaris.pipeline.lanes import LEASE_SECONDS, wake_from
from dynaris.pipeline.services import Services
from dynaris.privacy.fence import END_OPEN_WORK, OPEN
from dynaris.privacy.places import PLACES, Place
from dynaris.privacy.subject import Subject, each_row, parameters

log = structlog.get_logger()

_RENEW_SECONDS = 1.5

_FILES_OF_EVENTS: LiteralString = """SELECT id FROM event WHERE workspace_id = %(ws)s AND id > %(after)s
      AND (contact_id = ANY(%(contacts)s)
           OR (contact_id IS NULL AND lane = ANY(%(lanes)s) AND created_at <= %(before)s))
    ORDER BY id LIMIT %(page)s"""
_FILES: tuple[LiteralString, ...] = (
    """SELECT a.id, a.storage_key FROM attachment a WHERE a.workspace_id = %(ws)s AND a.id > %(after)s
         AND a.message_id IN (SELECT m.id FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id
                              AND c.id = m.conversation_id
                              WHERE m.workspace_id = %(ws)s AND c.contact_id = ANY(%(contacts)s))
       ORDER BY a.id LIMIT %(page)s""",
    """SELECT id, storage_key FROM contact_export WHERE workspace_id = %(ws)s AND id > %(after)s
         AND contact_id = ANY(%(contacts)s) ORDER BY id LIMIT %(page)s""",
)


# An arrival may find its contact just before the fence is up, and be filed just after. What came after the request is
# a new contact's: its lane reads it again.
_LATE: LiteralString = """contact_id = ANY(%(contacts)s) AND kind = 'message' AND created_at > %(before)s
    AND (outcome IS NULL OR outcome = 'ignored')"""
_READ_AGAIN = f"""WITH back AS (
        UPDATE event SET status = 'queued', outcome = NULL, settled_at = NULL, waiting_for = NULL, reason = NULL,
               attempts = 0, contact_id = NULL, conversation_id = NULL, message_id = NULL, run_id = NULL, match = NULL,
               decision = NULL
        WHERE workspace_id = %(ws)s AND {_LATE} RETURNING lane),
    lanes AS (SELECT DISTINCT lane FROM back),
    {wake_from("lanes")}
    SELECT count(*) FROM told"""


async def late_lanes(connection: Connection, workspace_id: UUID, subject: Subject) -> list[str]:
    """Where an arrival found the contact while the fence was put up."""
    cursor = await connection.execute(
        f"SELECT DISTINCT lane FROM event WHERE workspace_id = %(ws)s AND {_LATE}",
        {"ws": workspace_id, "contacts": subject.contacts, "before": subject.before},
    )
    return [row["lane"] for row in await cursor.fetchall()]


async def is_quiet(connection: Connection, workspace_id: UUID, erasure_id: UUID, subject: Subject) -> bool:
    """Takes the contact's lanes, as a worker would; whether none is left to another, and no send is under way."""
    names = {
        "ws": workspace_id,
        "me": erasure_id,
        "lanes": subject.lanes,
        "contacts": subject.contacts,
        "seconds": LEASE_SECONDS,
    }
    await connection.execute(
        """UPDATE lane SET holder = %(me)s, lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
           WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s)
             AND (holder IS NULL OR holder = %(me)s OR lease_until < clock_timestamp())""",
        names,
    )
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM lane WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s)
                          AND holder <> %(me)s)
               OR EXISTS (SELECT FROM outbox WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
                          AND status = 'sending' AND due_at > clock_timestamp()) AS busy""",
        names,
    )
    row = await cursor.fetchone()
    return not (row and row["busy"])


@asynccontextmanager
async def lanes_held(db: Database, workspace_id: UUID, erasure_id: UUID, lanes: list[str]) -> AsyncIterator[None]:
    """Keeps what `is_quiet` took, for as long as the removal takes."""
    renewing = asyncio.create_task(_renew(db, workspace_id, erasure_id, lanes))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def _renew(db: Database, workspace_id: UUID, erasure_id: UUID, lanes: list[str]) -> None:
    while lanes:
        await asyncio.sleep(_RENEW_SECONDS)
        try:
            async with db.workspace(workspace_id) as connection:
                await connection.execute(
                    """UPDATE lane SET lease_until = clock_timestamp() + make_interval(secs => %s)
                       WHERE workspace_id = %s AND lane = ANY(%s) AND holder = %s""",
                    (LEASE_SECONDS, workspace_id, lanes, erasure_id),
                )
        except (psycopg.Error, Unavailable, OSError) as error:
            log.warning("erasure.lanes_not_renewed", erasure_id=str(erasure_id), error=error)


async def delete_files(services: Services, workspace_id: UUID, subject: Subject) -> int:
    """Attachments, also those of an arrival that was never filed, and exports."""
    deleted = 0
    names = {"contacts": subject.contacts, "lanes": subject.lanes, "before": subject.before, "ws": workspace_id}
    async for event in each_row(services.db, workspace_id, _FILES_OF_EVENTS, names):
        deleted += await services.files.delete_folder(f"{workspace_id}/{event['id']}/")
    for statement in _FILES:
        async for row in each_row(services.db, workspace_id, statement, names):
            deleted += await services.files.delete(row["storage_key"])
    return deleted


async def erase_rows(
    services: Services, connection: Connection, workspace_id: UUID, erasure_id: UUID, subject: Subject
) -> dict[str, int]:
    """How many rows of each table went or were emptied. To be called in a `patient` transaction."""
    names = await parameters(connection, workspace_id, subject)
    await connection.execute(_READ_AGAIN, {**names, "quiet": 0.0})
    for statement in END_OPEN_WORK:  # what a person wrote, or an agent asked for, in the last moment
        await connection.execute(statement, names)
    await connection.execute(
        f"UPDATE outbox SET status = 'unknown' WHERE workspace_id = %(ws)s AND status = 'sending' AND {OPEN}", names
    )
    await _rename_arrivals(services, connection, names)
    counts: dict[str, int] = {}
    for place in PLACES:
        cursor = await connection.execute(_erasing(place), names)
        if cursor.rowcount:
            counts[place.table] = cursor.rowcount
    await _give_lanes_back(connection, {**names, "me": erasure_id})
    return counts


async def _give_lanes_back(connection: Connection, names: dict[str, Any]) -> None:
    """Those without work go: they are named by the sender. One that another took meanwhile is a new contact's.

    Locked first: who stores an arrival has the lane's row, and the statement after sees what they stored.
    """
    await connection.execute(
        "SELECT FROM lane WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s) ORDER BY lane FOR UPDATE", names
    )
    await connection.execute(
        """DELETE FROM lane l WHERE l.workspace_id = %(ws)s AND l.lane = ANY(%(lanes)s)
             AND (l.holder IS NULL OR l.holder = %(me)s)
             AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.lane = l.lane
                             AND e.status = 'queued')""",
        names,
    )
    await connection.execute(
        """UPDATE lane SET holder = NULL, lease_until = NULL, due_at = coalesce(due_at, clock_timestamp())
           WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s) AND holder = %(me)s""",
        names,
    )


async def _rename_arrivals(services: Services, connection: Connection, names: dict[str, Any]) -> None:
    """A provider's id may have a name in it; what it is kept for is that a redelivery is recognised."""
    place = next(place for place in PLACES if place.table == "event")
    cursor = await connection.execute(
        of_place(
            """SELECT id, channel, account_id, external_id FROM {table}
               WHERE {rows} AND NOT starts_with(external_id, 'erased:')""",
            place,
        ),
        names,
    )
    rows = await cursor.fetchall()
    vault, workspace_id = services.accounts.vault, names["ws"]
    await connection.execute(
        """UPDATE event SET external_id = named.name
           FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS named (id, name)
           WHERE event.workspace_id = %(ws)s AND event.id = named.id""",
        {
            "ws": workspace_id,
            "ids": [row["id"] for row in rows],
            "names": [erased_name(vault, workspace_id, row["account_id"], row["external_id"]) for row in rows],
        },
    )


def _erasing(place: Place) -> sql.Composed:
    if place.erase == "delete":
        return of_place("DELETE FROM {table} WHERE {rows}", place)
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL(value)) for column, value in place.erase.items()
    )
    return sql.SQL("UPDATE {table} SET {changes} WHERE workspace_id = %(ws)s AND {rows}").format(
        table=sql.Identifier(place.table), changes=changes, rows=sql.SQL(place.rows)
    )


def of_place(statement: LiteralString, place: Place) -> sql.Composed:
    rows = sql.SQL("workspace_id = %(ws)s AND {}").format(sql.SQL(place.rows))
    return sql.SQL(statement).format(table=sql.Identifier(place.table), rows=rows)
