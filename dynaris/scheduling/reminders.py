"""Reminders are sent, and appointments that are over looked at: rows of due.py whose time has come.

A row is settled in the transaction that queues its mail, so it is sent once, whoever dies in between.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

import psycopg
import structlog

from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.ids import id_of
from dynaris.scheduling import actions
from dynaris.scheduling.due import OF_REQUESTS
from dynaris.scheduling.invitations import tell_client, tell_person
from dynaris.scheduling.invited import Facts, facts_of
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.requests import remind_team, tell_of_lapsed
from dynaris.scheduling.rules import in_words

log = structlog.get_logger()

_LATE = timedelta(hours=2)  # a reminder that could not be sent in time is not sent much later
_LOOK_EVERY = 15.0  # seconds
_MOST = 50  # of one workspace in one round
_CHANGED = "the booking was changed"

# Two workers at once: the second one takes other rows.
_TAKE: LiteralString = """SELECT id, booking_id, what, due_at, starts_at FROM booking_due
    WHERE workspace_id = %s AND status = 'waiting' AND due_at <= %s ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
_SETTLE: LiteralString = """UPDATE booking_due SET status = %s, result = %s WHERE workspace_id = %s AND id = %s"""


async def send_reminders(db: Database) -> None:
    """For the worker, until cancelled."""
    while True:
        await remind_everywhere(db, now=clock.now())
        await asyncio.sleep(_LOOK_EVERY)


async def remind_everywhere(db: Database, *, now: datetime) -> int:
    """In every workspace; a worker's loop. How many rows were settled."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT workspaces_with_due_bookings(%s) AS id", (now,))
        workspaces = [row["id"] for row in await cursor.fetchall()]
    settled = 0
    for workspace_id in workspaces:
        settled += await remind(db, workspace_id, now=now)
    return settled


async def remind(db: Database, workspace_id: UUID, *, now: datetime) -> int:
    for settled in range(_MOST):
        async with db.transaction(workspace_id) as connection:
            row = await (await connection.execute(_TAKE, (workspace_id, now))).fetchone()
            if row is None:
                return settled
            try:
                async with connection.transaction():
                    status, result = await _settled(connection, workspace_id, row, now)
            except psycopg.OperationalError:
                raise
            except Exception as error:  # one booking's trouble must not keep the others from being told
                log.warning("booking.due_failed", booking_id=str(row["booking_id"]), what=row["what"], error=error)
                status, result = "dropped", f"failed: {error!r}"[:500]
            await connection.execute(_SETTLE, (status, result, workspace_id, row["id"]))
    return _MOST


async def _settled(
    connection: Connection, workspace_id: UUID, row: dict[str, Any], now: datetime
) -> tuple[Literal["done", "dropped"], str]:
    booking = await get_booking(connection, workspace_id, row["booking_id"])
    planned_for = "pending" if row["what"] in OF_REQUESTS else "confirmed"
    if booking.status != planned_for or booking.starts_at != row["starts_at"]:
        return "dropped", _CHANGED
    if row["what"] == "lapse":
        if not await actions.lapse(connection, workspace_id, booking.id, now=now):
            return "dropped", _CHANGED  # in between
        await tell_of_lapsed(connection, workspace_id, await facts_of(connection, workspace_id, booking.id))
        return "done", "nobody had answered: cancelled"
    facts = await facts_of(connection, workspace_id, booking.id)
    if row["what"] == "over":
        return "done", await _over(connection, workspace_id, facts, now)
    if now >= booking.starts_at or now > row["due_at"] + _LATE:
        return "dropped", "too late for a reminder"
    key = f":{row['due_at']:%Y%m%d%H%M}"
    if row["what"] == "remind_team":
        await remind_team(connection, workspace_id, booking, key=key)
        return "done", "sent"
    if row["what"] == "remind_person":
        await tell_person(connection, workspace_id, facts, "reminder", again=key)
        return "done", "sent"
    reason = await tell_client(connection, workspace_id, facts, "reminder", by="system", again=key)
    return ("dropped", reason) if reason else ("done", "sent")


async def _over(connection: Connection, workspace_id: UUID, facts: Facts, now: datetime) -> str:
    booking, settings = facts.booking, facts.settings
    if settings.after == "complete":
        await actions.set_status(connection, workspace_id, booking.id, status="completed", by="system", now=now)
        return "counted as completed"
    if settings.after == "task":
        await add_task(
            connection,
            workspace_id,
            title=f"Did {facts.row['contact_name'] or 'the client'} come?",
            detail=f"{booking.service} with {booking.staff}, {in_words(booking.starts_at, booking.timezone)}",
            contact_id=booking.contact_id,
            conversation_id=booking.conversation_id,
            created_by="system",
            task_id=id_of(f"over:{booking.id}", booking.id),
        )
        return "a task was made"
    return "left alone"
