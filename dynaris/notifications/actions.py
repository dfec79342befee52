"""Writes of notifications: our people are told, in the app and by mail."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channels
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.ids import new_id
from dynaris.core.unlinked import unlinked
from dynaris.outbox.actions import enqueue

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


async def notify(
    connection: Connection,
    workspace_id: UUID,
    *,
    cause: str,
    title: str,
    body: str,
    subject: str,
    member_id: UUID | None = None,
) -> list[UUID]:
    """Tells one member, or owner and admins; one cause tells each of them once. Who was told now.

    No link in it is one in the mail: much of what is told was written outside.
    """
    told = await _store(
        connection, workspace_id, cause=cause, title=title, body=body, subject=subject, member_id=member_id
    )
    for row in told:
        if row["account_id"]:
            await enqueue(
                connection,
                workspace_id,
                audience="member",
                channel=row["channel"],
                account_id=row["account_id"],
                recipient=row["email"],
                content={"subject": unlinked(title), "text": unlinked(f"{title}\n\n{body}")},
                dedupe_key=f"notification:{row['member_id']}:{cause}",
            )
    return [row["member_id"] for row in told]


async def _store(
    connection: Connection,
    workspace_id: UUID,
    *,
    cause: str,
    title: str,
    body: str,
    subject: str,
    member_id: UUID | None,
) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        f"""WITH told AS (
               INSERT INTO notification (workspace_id, id, member_id, cause, title, body, subject)
               SELECT %(ws)s, (%(ids)s::jsonb->>(row_number() OVER (ORDER BY m.id)::int - 1))::uuid, m.id, %(cause)s,
                      %(title)s, %(body)s, %(subject)s
               FROM member m WHERE m.workspace_id = %(ws)s AND m.removed_at IS NULL
                 AND (m.id = %(member)s OR (%(member)s::uuid IS NULL AND m.role IN ('owner', 'admin')))
               ORDER BY m.id LIMIT %(most)s
               ON CONFLICT (workspace_id, member_id, cause) DO NOTHING RETURNING member_id)
           SELECT told.member_id, m.email, a.id AS account_id, a.channel
           FROM told JOIN member m ON m.workspace_id = %(ws)s AND m.id = told.member_id
           LEFT JOIN LATERAL (SELECT id, channel FROM account WHERE workspace_id = %(ws)s AND enabled
                              AND channel = ANY(%(mail)s) ORDER BY {BEST_FIRST} LIMIT 1) AS a ON true""",
        {
            "ws": workspace_id,
            "ids": Jsonb([str(new_id()) for _ in range(1 if member_id else _MOST_TOLD)]),
            "member": member_id,
            "most": _MOST_TOLD,
            "cause": cause,
            "title": title,
            "body": body,
            "subject": subject,
            "mail": mail_channels(),
        },
    )
    return await cursor.fetchall()


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
    if notification_ids:
        cursor = await connection.execute(
            """SELECT FROM notification WHERE workspace_id = %(ws)s AND member_id = %(member)s AND id = ANY(%(ids)s)
               LIMIT 1""",
            own,
        )
        if await cursor.fetchone() is None:
            raise NotFound("none of these notifications is yours")
    await connection.execute(
        """UPDATE notification SET read_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND member_id = %(member)s AND read_at IS NULL
             AND (id = ANY(%(ids)s::uuid[]) OR id <= %(up_to)s::uuid OR subject = %(subject)s)""",
        own,
    )
