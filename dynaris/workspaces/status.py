"""Whether a teammate is there: what they say of themselves, and when a screen of theirs was last open."""

from typing import Literal
from uuid import UUID

from dynaris.core.db import Connection

MemberStatus = Literal["available", "busy", "away", "offline"]


async def set_status(
    connection: Connection, workspace_id: UUID, member_id: UUID, *, status: MemberStatus, note: str
) -> None:
    """The same status again changes its note alone, not since when it is so."""
    await connection.execute(
        """UPDATE member SET status = %(status)s, status_note = %(note)s,
               status_since = CASE WHEN status = %(status)s AND status_since IS NOT NULL THEN status_since
                                   ELSE clock_timestamp() END
           WHERE workspace_id = %(ws)s AND id = %(member)s AND removed_at IS NULL
             AND (status, status_note, status_since IS NULL) IS DISTINCT FROM (%(status)s, %(note)s, false)""",
        {"ws": workspace_id, "member": member_id, "status": status, "note": note},
    )


async def seen(connection: Connection, workspace_id: UUID, member_id: UUID) -> None:
    """A screen of theirs is open right now. Written every half minute at most, however many screens there are."""
    await connection.execute(
        """INSERT INTO member_seen (workspace_id, member_id, seen_at) VALUES (%s, %s, clock_timestamp())
           ON CONFLICT (workspace_id, member_id) DO UPDATE SET seen_at = excluded.seen_at
           WHERE member_seen.seen_at < excluded.seen_at - interval '30 seconds'""",
        (workspace_id, member_id),
    )
