"""Reads of a member's own notifications."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection

_MOST_COUNTED = 1_000


async def notifications(
    connection: Connection,
    workspace_id: UUID,
    member_id: UUID,
    *,
    unread_only: bool = False,
    before: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Newest first, up to `limit + 1`."""
    wanted: LiteralString = " AND read_at IS NULL" if unread_only else ""
    cursor = await connection.execute(
        f"""SELECT id, topic, title, body, subject, created_at, read_at
            FROM notification WHERE workspace_id = %(ws)s AND member_id = %(member)s AND shown{wanted}
              AND (%(before)s::uuid IS NULL OR id < %(before)s)
            ORDER BY id DESC LIMIT %(most)s""",
        {"ws": workspace_id, "member": member_id, "before": before, "most": limit + 1},
    )
    return await cursor.fetchall()


async def count_unread(connection: Connection, workspace_id: UUID, member_id: UUID) -> int:
    cursor = await connection.execute(
        """SELECT count(*) AS n FROM (SELECT FROM notification WHERE workspace_id = %s AND member_id = %s
                                      AND shown AND read_at IS NULL LIMIT %s) AS unread""",
        (workspace_id, member_id, _MOST_COUNTED),
    )
    return ((await cursor.fetchone()) or {}).get("n", 0)
