"""While nobody reacts, the next circle is told: of a team's conversation its admins, then the owner; each once.

What counts as a reaction is asked of whoever knows (`Waits`, handed in by `app`): a conversation that somebody took, an
approval that somebody decided.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.ids import new_id

Waits = Mapping[str, Callable[[Connection, UUID, UUID], Awaitable[bool]]]
"""By the first word of a subject: whether what it names still waits for somebody."""

DEFAULT_MINUTES = 10
CIRCLES: Mapping[str, tuple[str, ...]] = {"admins": ("admin",), "owner": ("owner",)}  # by name, their roles
_MINUTES: LiteralString = """(SELECT coalesce((notifications->>'escalate_minutes')::int, %(usual)s)
    FROM workspace WHERE id = %(ws)s)"""

_LATER: LiteralString = f"""
INSERT INTO notification_escalation (workspace_id, id, cause, topic, title, body, subject, circle, due_at)
VALUES (%(ws)s, %(id)s, %(cause)s, %(topic)s, %(title)s, %(body)s, %(subject)s, 'admins',
    clock_timestamp() + CASE WHEN %(at_once)s THEN interval '0' ELSE make_interval(mins => {_MINUTES}) END)
ON CONFLICT (workspace_id, cause) DO NOTHING"""
_TAKE: LiteralString = """SELECT * FROM notification_escalation WHERE workspace_id = %s AND status = 'waiting'
    AND due_at <= %s ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
_NEXT: LiteralString = f"""UPDATE notification_escalation SET circle = %(circle)s,
    due_at = %(now)s + make_interval(mins => {_MINUTES}) WHERE workspace_id = %(ws)s AND id = %(id)s"""
_END: LiteralString = """UPDATE notification_escalation SET status = %(status)s
    WHERE workspace_id = %(ws)s AND id = %(id)s"""


async def escalate_later(
    connection: Connection,
    workspace_id: UUID,
    *,
    topic: str,
    cause: str,
    title: str,
    body: str,
    subject: str,
    at_once: bool,
) -> None:
    """One cause escalates once."""
    await connection.execute(
        _LATER,
        {
            "ws": workspace_id,
            "id": new_id(),
            "cause": cause,
            "topic": topic,
            "title": title,
            "body": body,
            "subject": subject,
            "at_once": at_once,
            "usual": DEFAULT_MINUTES,
        },
    )


async def is_escalating(connection: Connection, workspace_id: UUID, subject: str) -> bool:
    """Whether the next circle will be told of it anyway: nobody else need remind anybody."""
    cursor = await connection.execute(
        """SELECT FROM notification_escalation WHERE workspace_id = %s AND subject = %s
           AND status = 'waiting' LIMIT 1""",
        (workspace_id, subject),
    )
    return await cursor.fetchone() is not None


async def take_due(connection: Connection, workspace_id: UUID, now: datetime) -> dict[str, Any] | None:
    """One that is due, locked: another worker takes another."""
    return await (await connection.execute(_TAKE, (workspace_id, now))).fetchone()


async def still_waits(connection: Connection, workspace_id: UUID, subject: str, waits: Waits) -> bool:
    """What nobody can tell of waits no more: nobody is told of it for ever."""
    kind, _, named = subject.partition(":")
    return kind in waits and await waits[kind](connection, workspace_id, UUID(named))


def after(circle: str) -> str | None:
    """Who is told after them."""
    circles = list(CIRCLES)
    return next(iter(circles[circles.index(circle) + 1 :]), None)


async def go_on(
    connection: Connection, workspace_id: UUID, escalation_id: UUID, *, to: str | None, now: datetime
) -> None:
    """`None`: everybody was told."""
    if to is None:
        await end(connection, workspace_id, escalation_id, status="exhausted")
    else:
        await connection.execute(
            _NEXT, {"ws": workspace_id, "id": escalation_id, "circle": to, "now": now, "usual": DEFAULT_MINUTES}
        )


async def end(connection: Connection, workspace_id: UUID, escalation_id: UUID, *, status: str) -> None:
    await connection.execute(_END, {"ws": workspace_id, "id": escalation_id, "status": status})
