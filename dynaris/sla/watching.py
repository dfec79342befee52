"""For the worker: clocks are planned, and who has a conversation is told before a target is missed and when it is."""

import asyncio
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

import psycopg
import structlog

from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.notifications.actions import notify
from dynaris.sla.planning import plan_changed

log = structlog.get_logger()

_LOOK_EVERY = 1.0  # seconds
_MOST = 100  # of one workspace in one round

# Who holds a conversation is told, else its team, else owner and admins; a team without members is nobody.
_TAKE: LiteralString = """SELECT k.id, k.conversation_id, k.kind, k.due_at, k.target_minutes,
        CASE WHEN c.holder = 'member' AND (c.hold_until IS NULL OR c.hold_until > %(now)s) THEN c.holder_id END
            AS member_id,
        CASE WHEN EXISTS (SELECT FROM team_member t JOIN member m ON m.workspace_id = t.workspace_id
                          AND m.id = t.member_id WHERE t.workspace_id = c.workspace_id AND t.team_id = c.team_id
                          AND m.removed_at IS NULL) THEN c.team_id END AS team_id
    FROM sla_clock k JOIN conversation c ON c.workspace_id = k.workspace_id AND c.id = k.conversation_id
    WHERE k.workspace_id = %(ws)s AND k.status = 'running' AND NOT k.to_plan"""
# Two workers at once: the second one takes another.
_TAKE_BREACH: LiteralString = f"""{_TAKE} AND k.breached_at IS NULL AND k.due_at <= %(now)s
    ORDER BY k.due_at LIMIT 1 FOR NO KEY UPDATE OF k SKIP LOCKED"""
_TAKE_WARNING: LiteralString = f"""{_TAKE} AND k.warned_at IS NULL AND k.warn_at <= %(now)s
    ORDER BY k.warn_at LIMIT 1 FOR NO KEY UPDATE OF k SKIP LOCKED"""
_BREACHED: LiteralString = """UPDATE sla_clock SET breached_at = due_at, warned_at = coalesce(warned_at, %(now)s)
    WHERE workspace_id = %(ws)s AND id = %(id)s"""
_WARNED: LiteralString = "UPDATE sla_clock SET warned_at = %(now)s WHERE workspace_id = %(ws)s AND id = %(id)s"

_KINDS = {"first_response": "first response", "next_response": "next response", "resolution": "resolution"}


async def run_clocks(db: Database) -> None:
    """Until cancelled."""
    while True:
        await look_everywhere(db, now=clock.now())
        await asyncio.sleep(_LOOK_EVERY)


async def look_everywhere(db: Database, *, now: datetime) -> None:
    """One workspace in trouble holds up no other."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT workspaces_with_sla_work(%s) AS id", (now,))
        workspaces = [row["id"] for row in await cursor.fetchall()]
    for workspace_id in workspaces:
        try:
            await look(db, workspace_id, now=now)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.exception("sla.failed", workspace=str(workspace_id), error=error)


async def look(db: Database, workspace_id: UUID, *, now: datetime) -> int:
    """Missed targets before warnings: what is missed already needs none. How many were told of."""
    await plan_changed(db, workspace_id, now=now)
    told = 0
    for step in (_breach, _warn):
        for _ in range(_MOST):
            async with db.transaction(workspace_id) as connection:
                if not await step(connection, workspace_id, now):
                    break
                told += 1
    return told


async def _breach(connection: Connection, workspace_id: UUID, now: datetime) -> bool:
    row = await (await connection.execute(_TAKE_BREACH, {"ws": workspace_id, "now": now})).fetchone()
    if row is None:
        return False
    await connection.execute(_BREACHED, {"ws": workspace_id, "id": row["id"], "now": now})
    whom = await with_whom(connection, workspace_id, row["conversation_id"])
    kind, target = _KINDS[row["kind"]], in_words(timedelta(minutes=row["target_minutes"]))
    title = f"The {kind} to {whom} is late" if row["kind"] != "resolution" else f"The resolution for {whom} is late"
    body = f"The target of {target} for the {kind} was missed, and the contact still waits."
    await notify(
        connection,
        workspace_id,
        topic="sla_breached",
        cause=f"sla_breached:{row['id']}",
        title=title,
        body=body,
        subject=f"conversation:{row['conversation_id']}",
        member_id=row["member_id"],
        team_id=row["team_id"],
    )
    return True


async def _warn(connection: Connection, workspace_id: UUID, now: datetime) -> bool:
    row = await (await connection.execute(_TAKE_WARNING, {"ws": workspace_id, "now": now})).fetchone()
    if row is None:
        return False
    await connection.execute(_WARNED, {"ws": workspace_id, "id": row["id"], "now": now})
    whom = await with_whom(connection, workspace_id, row["conversation_id"])
    left = in_words(row["due_at"] - now)
    title = f"{left[0].upper()}{left[1:]} left for the {_KINDS[row['kind']]}: {whom}"
    body = f"The target is {in_words(timedelta(minutes=row['target_minutes']))}."
    await notify(
        connection,
        workspace_id,
        topic="sla_warning",
        cause=f"sla_warning:{row['id']}",
        title=title,
        body=body,
        subject=f"conversation:{row['conversation_id']}",
        member_id=row["member_id"],
        team_id=row["team_id"],
    )
    return True


def in_words(left: timedelta) -> str:
    if left < timedelta(minutes=1):
        return "less than a minute"
    minutes = round(left.total_seconds() / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    return " ".join(f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in parts if n)
