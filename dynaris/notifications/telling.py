"""What our people are to be told leaves: rows of `notification_send` whose time has come go into the outbox.

A row is settled in the transaction that puts it there, so it leaves once, whoever dies in between. Whether it leaves,
and when, is decided here and not when something happened: who has read it meanwhile gets no mail, quiet hours only
postpone, and preferences that were changed hold for what still waits.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog

from dynaris.core import clock
from dynaris.core.addresses import Addresses
from dynaris.core.db import Connection, Database
from dynaris.notifications import escalating, mails, ways
from dynaris.notifications.actions import tell
from dynaris.notifications.preferences import Preferences, stored
from dynaris.notifications.quiet import digest_due, quiet_until
from dynaris.notifications.topics import TOPICS
from dynaris.notifications.ways import Dropped

log = structlog.get_logger()

_LOOK_EVERY = 1.0  # seconds
_MOST = 100  # of one workspace in one round
_TOLD: LiteralString = """
    s.id, s.notification_id, s.member_id, s.medium, s.subscription_id, s.due_at, n.topic, n.cause, n.title, n.body,
    n.subject, n.read_at, m.email, m.removed_at, p.preferences, w.timezone, w.name AS business, b.endpoint, b.keys
    FROM notification_send s JOIN notification n ON n.workspace_id = s.workspace_id AND n.id = s.notification_id
    JOIN workspace w ON w.id = s.workspace_id
    LEFT JOIN member m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
    LEFT JOIN notification_preference p ON p.workspace_id = s.workspace_id AND p.member_id = s.member_id
    LEFT JOIN push_subscription b ON b.workspace_id = s.workspace_id AND b.id = s.subscription_id
    WHERE s.workspace_id = %(ws)s AND s.status = 'waiting' AND s.due_at <= %(now)s"""
# Two workers at once: the second one takes other rows. Who has a digest is told by one of them.
_TAKE: LiteralString = f"SELECT {_TOLD} AND NOT s.digest ORDER BY s.due_at, s.id LIMIT 1 FOR UPDATE OF s SKIP LOCKED"
_WITH_DIGEST: LiteralString = """SELECT DISTINCT member_id FROM notification_send
    WHERE workspace_id = %(ws)s AND status = 'waiting' AND digest AND due_at <= %(now)s"""
_ALONE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtextextended('digest:' || %(member)s, 0)) AS alone"
_TAKE_DIGEST: LiteralString = f"SELECT {_TOLD} AND s.digest AND s.member_id = %(member)s ORDER BY n.id FOR UPDATE OF s"
_SETTLE: LiteralString = """UPDATE notification_send SET status = %(status)s, result = %(result)s
    WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)"""
_POSTPONE: LiteralString = """UPDATE notification_send SET due_at = %(due_at)s, digest = medium = 'email'
    WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)"""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Teller:
    """What it takes to tell anybody."""

    db: Database
    public: Addresses
    waits: escalating.Waits = field(default_factory=dict)


async def run_telling(teller: Teller) -> None:
    """For the worker, until cancelled."""
    while True:
        await tell_everywhere(teller, now=clock.now())
        await asyncio.sleep(_LOOK_EVERY)


async def tell_everywhere(teller: Teller, *, now: datetime) -> int:
    """In every workspace; how much was settled. One that cannot be told holds up no other."""
    async with teller.db.system() as connection:
        cursor = await connection.execute("SELECT workspaces_to_tell(%s) AS id", (now,))
        workspaces = [row["id"] for row in await cursor.fetchall()]
    settled = 0
    for workspace_id in workspaces:
        try:
            settled += await tell_due(teller, workspace_id, now=now)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            log.exception("telling.failed", workspace=str(workspace_id), error=error)
    return settled


async def tell_due(teller: Teller, workspace_id: UUID, *, now: datetime) -> int:
    """Escalations first: whom they tell is told in the same round."""
    settled = await _repeated(_escalate, teller, workspace_id, now)
    settled += await _repeated(_send_one, teller, workspace_id, now)
    async with teller.db.workspace(workspace_id) as connection:
        rows = await (await connection.execute(_WITH_DIGEST, {"ws": workspace_id, "now": now})).fetchall()
    for row in rows:
        async with teller.db.transaction(workspace_id) as connection:
            settled += await _try_digest(teller, connection, workspace_id, row["member_id"], now)
    return settled


async def _repeated(
    step: Callable[[Teller, Connection, UUID, datetime], Awaitable[bool]],
    teller: Teller,
    workspace_id: UUID,
    now: datetime,
) -> int:
    """Each in a transaction of its own, until nothing is due."""
    for done in range(_MOST):
        async with teller.db.transaction(workspace_id) as connection:
            if not await step(teller, connection, workspace_id, now):
                return done
    return _MOST


async def _escalate(teller: Teller, connection: Connection, workspace_id: UUID, now: datetime) -> bool:
    row = await escalating.take_due(connection, workspace_id, now)
    if row is None:
        return False
    try:
        async with connection.transaction():
            await _tell_next(teller, connection, workspace_id, row, now)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        log.exception("telling.escalation_failed", id=str(row["id"]), error=error)
        await escalating.end(connection, workspace_id, row["id"], status="exhausted")
    return True


async def _tell_next(
    teller: Teller, connection: Connection, workspace_id: UUID, row: dict[str, Any], now: datetime
) -> None:
    if not await escalating.still_waits(connection, workspace_id, row["subject"], teller.waits):
        await escalating.end(connection, workspace_id, row["id"], status="reacted")
        return
    circle = row["circle"]
    while not await _tell_circle(connection, workspace_id, row, circle):
        if (circle := escalating.after(circle)) is None:
            break
    await escalating.go_on(connection, workspace_id, row["id"], to=circle and escalating.after(circle), now=now)


async def _tell_circle(connection: Connection, workspace_id: UUID, row: dict[str, Any], circle: str) -> list[UUID]:
    """Who of it was told now: a circle of which everybody knows it already is none."""
    return await tell(
        connection,
        workspace_id,
        topic=row["topic"],
        cause=row["cause"],
        title=row["title"],
        body=row["body"],
        subject=row["subject"],
        roles=escalating.CIRCLES[circle],
    )


async def _send_one(teller: Teller, connection: Connection, workspace_id: UUID, now: datetime) -> bool:
    cursor = await connection.execute(_TAKE, {"ws": workspace_id, "now": now})
    row = await cursor.fetchone()
    if row is None:
        return False
    try:
        async with connection.transaction():
            result = await _sent(teller, connection, workspace_id, row, now)
    except psycopg.OperationalError:
        raise
    except Exception as error:  # the trouble with one must not keep the others from being told
        log.exception("telling.one_failed", id=str(row["id"]), medium=row["medium"], error=error)
        result = Dropped(f"failed: {error!r}"[:500])
    await _settle(connection, workspace_id, [row["id"]], result)
    return True


async def _sent(
    teller: Teller, connection: Connection, workspace_id: UUID, row: dict[str, Any], now: datetime
) -> str | Later | Dropped:
    """The key of what was put into the outbox."""
    if row["medium"] == "workspace":
        return await ways.to_workspace(connection, workspace_id, row, teller.public)
    preferences = stored(row["preferences"]) if row["preferences"] else Preferences()
    if not_now := _not_now(row, preferences, now):
        return not_now
    if row["medium"] == "push":
        return await ways.push(connection, workspace_id, row, teller.public)
    mail = mails.single(row, teller.public)
    return await ways.mail(connection, workspace_id, to=row["email"], mail=mail, key=ways.key_of(row))


def _not_now(row: dict[str, Any], preferences: Preferences, now: datetime) -> Later | Dropped | None:
    topic = row["topic"]
    if why := _why_never(row, preferences):
        return Dropped(why)
    quiet = preferences.quiet_hours
    if not preferences.always(topic) and (until := quiet_until(now, quiet, row["timezone"])):
        return Later(until)
    if row["medium"] == "email" and preferences.email(topic) == "digest":
        return Later(digest_due(now, preferences.digest, (quiet and quiet.timezone) or row["timezone"]))
    return None


def _why_never(row: dict[str, Any], preferences: Preferences) -> str | None:
    topic = row["topic"]
    if row["email"] is None or row["removed_at"] is not None:
        return "no member any more"
    if row["read_at"] is not None:
        return "read in the app before"
    if topic not in TOPICS:
        return "no such topic any more"
    if row["medium"] == "push":
        if row["endpoint"] is None:
            return "the browser is gone"
        return None if preferences.push(topic) else "switched off"
    return "switched off" if preferences.email(topic) == "off" else None


async def _try_digest(
    teller: Teller, connection: Connection, workspace_id: UUID, member_id: UUID, now: datetime
) -> int:
    try:
        async with connection.transaction():
            return await _send_digest(teller, connection, workspace_id, member_id, now)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        log.exception("telling.digest_failed", member=str(member_id), error=error)
        names = {"ws": workspace_id, "now": now, "member": member_id}
        rows = await (await connection.execute(_TAKE_DIGEST, names)).fetchall()
        await _settle(connection, workspace_id, [row["id"] for row in rows], Dropped(f"failed: {error!r}"[:500]))
        return len(rows)


async def _send_digest(
    teller: Teller, connection: Connection, workspace_id: UUID, member_id: UUID, now: datetime
) -> int:
    """One mail about all that is due; nothing where all was read meanwhile."""
    names = {"ws": workspace_id, "now": now, "member": member_id}
    alone = await (await connection.execute(_ALONE, {"member": str(member_id)})).fetchone()
    if not (alone and alone["alone"]):
        return 0
    rows = await (await connection.execute(_TAKE_DIGEST, names)).fetchall()
    due: list[dict[str, Any]] = []
    for row in rows:
        preferences = stored(row["preferences"]) if row["preferences"] else Preferences()
        if why := _why_never(row, preferences):
            await _settle(connection, workspace_id, [row["id"]], Dropped(why))
        elif until := quiet_until(now, preferences.quiet_hours, row["timezone"]):
            await _settle(connection, workspace_id, [row["id"]], Later(until))
        else:
            due.append(row)
    if due:
        mail = mails.digest(due, due[0]["business"], teller.public)
        key = ways.key_of(due[0]) if len(due) == 1 else f"digest:{due[-1]['id']}"
        result = await ways.mail(connection, workspace_id, to=due[0]["email"], mail=mail, key=key)
        await _settle(connection, workspace_id, [row["id"] for row in due], result)
    return len(rows)


async def _settle(
    connection: Connection, workspace_id: UUID, send_ids: list[UUID], result: str | Later | Dropped
) -> None:
    names = {"ws": workspace_id, "ids": send_ids}
    if isinstance(result, Later):
        await connection.execute(_POSTPONE, {**names, "due_at": result.due_at})
    elif isinstance(result, Dropped):
        await connection.execute(_SETTLE, {**names, "status": "dropped", "result": result.why})
    else:
        await connection.execute(_SETTLE, {**names, "status": "done", "result": result})
