"""Writes of notifications: who is told is stored with every way out of the app; telling.py sends what is due."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channels
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.notifications.escalating import escalate_later
from dynaris.notifications.topics import TOPICS

_MOST_TOLD = 20


# Of several accounts the oldest whose address is proved: one that is not may have to wait (connections/proof.py).
BEST_FIRST: LiteralString = "NOT jsonb_path_exists(proofs, '$.*.how'), id"


def mail_channels() -> list[str]:
    """Channels that can write to any e-mail address."""
    return [
        name
        for name, channel in channels().items()
        if channel.address_kind is AddressKind.EMAIL and channel.traits.starts_conversations
    ]


def workspace_channels() -> list[str]:
    """Channels on which a workspace's people are told all at once."""
    return [name for name, channel in channels().items() if channel.traits.tells == "workspace"]


def push_channels() -> list[str]:
    """Channels on which single members are told, where they subscribed."""
    return [name for name, channel in channels().items() if channel.traits.tells == "member"]


# What was told to a member goes out by mail, to each of their browsers, and once to the workspace's own channels.
_STORE: LiteralString = """
WITH told AS (
    INSERT INTO notification (workspace_id, id, member_id, topic, cause, title, body, subject, shown)
    SELECT %(ws)s, (%(ids)s::jsonb->>(row_number() OVER (ORDER BY m.id)::int - 1))::uuid, m.id, %(topic)s, %(cause)s,
        %(title)s, %(body)s, %(subject)s,
        coalesce((SELECT (p.preferences #>> ARRAY['topics', %(topic)s, 'in_app'])::boolean
                  FROM notification_preference p WHERE p.workspace_id = %(ws)s AND p.member_id = m.id), true)
    FROM member m WHERE m.workspace_id = %(ws)s AND m.removed_at IS NULL
      AND CASE WHEN %(member)s::uuid IS NOT NULL THEN m.id = %(member)s
               WHEN %(team)s::uuid IS NOT NULL THEN EXISTS (
                   SELECT FROM team_member t WHERE t.workspace_id = %(ws)s AND t.team_id = %(team)s
                     AND t.member_id = m.id)
               ELSE m.role = ANY(%(roles)s) END
    ORDER BY m.id LIMIT %(most)s
    ON CONFLICT (workspace_id, member_id, cause) DO NOTHING RETURNING id, member_id),
ways AS (
    SELECT id, member_id, 'email' AS medium, NULL::uuid AS subscription_id FROM told
    UNION ALL
    SELECT told.id, told.member_id, 'push', s.id FROM told
    JOIN push_subscription s ON s.workspace_id = %(ws)s AND s.member_id = told.member_id
    UNION ALL
    (SELECT id, NULL, 'workspace', NULL FROM told WHERE EXISTS (
        SELECT FROM account WHERE workspace_id = %(ws)s AND enabled AND channel = ANY(%(rooms)s))
     ORDER BY id LIMIT 1)),
sends AS (
    INSERT INTO notification_send (workspace_id, id, notification_id, member_id, medium, subscription_id)
    SELECT %(ws)s, gen_random_uuid(), id, member_id, medium, subscription_id FROM ways)
SELECT member_id FROM told"""


async def notify(
    connection: Connection,
    workspace_id: UUID,
    *,
    topic: str,
    cause: str,
    title: str,
    body: str,
    subject: str,
    member_id: UUID | None = None,
    team_id: UUID | None = None,
    escalate: bool = False,
) -> list[UUID]:
    """Tells one member, a team, or owner and admins; one cause tells each of them once. Who was told now.

    `escalate`: while nobody reacts to `subject`, the admins are told next, then the owner; of a team without members at
    once. Where owner and admins are told, there is nobody else.
    """
    told = await tell(
        connection,
        workspace_id,
        topic=topic,
        cause=cause,
        title=title,
        body=body,
        subject=subject,
        member_id=member_id,
        team_id=team_id,
    )
    if escalate and (team_id or member_id):
        await escalate_later(
            connection,
            workspace_id,
            topic=topic,
            cause=cause,
            title=title,
            body=body,
            subject=subject,
            at_once=not told,
        )
    return told


async def tell(
    connection: Connection,
    workspace_id: UUID,
    *,
    topic: str,
    cause: str,
    title: str,
    body: str,
    subject: str,
    member_id: UUID | None = None,
    team_id: UUID | None = None,
    roles: Sequence[str] = ("owner", "admin"),
) -> list[UUID]:
    """Without escalation. `roles`: who is told where neither a member nor a team is named."""
    if topic not in TOPICS:
        raise InvalidInput(f"there is no topic {topic!r}; there are {', '.join(TOPICS)}")
    cursor = await connection.execute(
        _STORE,
        {
            "ws": workspace_id,
            "ids": Jsonb([str(new_id()) for _ in range(1 if member_id else _MOST_TOLD)]),
            "member": member_id,
            "team": team_id,
            "roles": list(roles),
            "most": _MOST_TOLD,
            "topic": topic,
            "cause": cause,
            "title": title,
            "body": body,
            "subject": subject,
            "rooms": workspace_channels(),
        },
    )
    return [row["member_id"] for row in await cursor.fetchall()]


async def mark_read(
    connection: Connection,
    workspace_id: UUID,
    member_id: UUID,
    *,
    notification_ids: list[UUID] | None = None,
    up_to: UUID | None = None,
    subject: str | None = None,
) -> None:
    """These of the member's own, all up to one (ids grow with time), or all about a subject. Raises `NotFound` where
    none of these is theirs; others' are left alone.
    """
    own = {"ws": workspace_id, "member": member_id, "ids": notification_ids or [], "up_to": up_to, "subject": subject}
    if notification_ids or up_to:
        cursor = await connection.execute(
            """SELECT FROM notification WHERE workspace_id = %(ws)s AND member_id = %(member)s
               AND (id = ANY(%(ids)s) OR id = %(up_to)s) LIMIT 1""",
            own,
        )
        if await cursor.fetchone() is None:
            raise NotFound("none of these notifications is yours")
    await connection.execute(
        """UPDATE notification SET read_at = clock_timestamp(), xid = pg_current_xact_id()::text::bigint
           WHERE workspace_id = %(ws)s AND member_id = %(member)s AND read_at IS NULL
             AND (id = ANY(%(ids)s::uuid[]) OR id <= %(up_to)s::uuid OR subject = %(subject)s)""",
        own,
    )
