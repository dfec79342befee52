"""When a teammate is done with a conversation: how it ended, and a moment in which nothing new is offered to them."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.actions import add_note
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

WRAPS_UP: LiteralString = "coalesce(m.wrap_up_until > clock_timestamp(), false)"
"""Of a `member m`: they are finishing what they had."""

_BEGIN = """UPDATE member m SET wrap_up_until = clock_timestamp() + make_interval(secs => w.wrap_up_seconds)
    FROM workspace w, conversation c
    WHERE w.id = %(ws)s AND w.wrap_up_seconds > 0 AND m.workspace_id = %(ws)s AND m.id = %(member)s
      AND c.workspace_id = %(ws)s AND c.id = %(conversation)s AND c.holder = 'member' AND c.holder_id = m.id"""
_END = "UPDATE member SET wrap_up_until = NULL WHERE workspace_id = %(ws)s AND id = %(member)s"
# Said again before the contact writes anew, it replaces what was said.
_KEEP = """WITH here AS (
        UPDATE conversation SET disposition = %(disposition)s WHERE workspace_id = %(ws)s AND id = %(conversation)s
        RETURNING id),
    last AS (
        SELECT coalesce(max(id::text)::uuid, %(conversation)s) AS id FROM message
        WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND direction = 'inbound')
    INSERT INTO wrap_up (workspace_id, id, conversation_id, member_id, after_message, disposition, note)
    SELECT %(ws)s, %(id)s, here.id, %(member)s, last.id, %(disposition)s, %(note)s FROM here, last
    ON CONFLICT (workspace_id, conversation_id, after_message) DO UPDATE
        SET disposition = excluded.disposition, note = excluded.note, member_id = excluded.member_id
        WHERE (wrap_up.disposition, wrap_up.note, wrap_up.member_id)
            IS DISTINCT FROM (excluded.disposition, excluded.note, excluded.member_id)
    RETURNING id"""
_COUNTED = """SELECT disposition, count(*) AS conversations FROM wrap_up
    WHERE workspace_id = %s AND created_at >= %s AND created_at < %s GROUP BY 1 ORDER BY 2 DESC, 1"""


async def begin_wrap_up(connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID) -> None:
    """They close or give back what they hold. Ends by itself after the workspace's time; before the holder changes."""
    await connection.execute(_BEGIN, {"ws": workspace_id, "conversation": conversation_id, "member": member_id})


async def is_wrapping_up(connection: Connection, workspace_id: UUID, member_id: UUID) -> bool:
    cursor = await connection.execute(
        f"SELECT {WRAPS_UP} AS it FROM member m WHERE m.workspace_id = %s AND m.id = %s", (workspace_id, member_id)
    )
    row = await cursor.fetchone()
    return bool(row and row["it"])


async def wrap_up(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    member_id: UUID,
    disposition: str,
    note: str,
    by: str,
) -> None:
    """Kept, shown on the timeline, and the teammate is free again. Raises `InvalidInput` for a disposition that the
    workspace does not have, `NotFound`."""
    row = await (
        await connection.execute("SELECT dispositions FROM workspace WHERE id = %s", (workspace_id,))
    ).fetchone()
    known = row["dispositions"] if row else []
    if disposition not in known:
        raise InvalidInput(
            f"this workspace has no disposition {disposition[:50]!r}; there are {', '.join(known)}",
            errors=[{"field": "disposition", "message": "is none of this workspace's"}],
        )
    names = {"ws": workspace_id, "conversation": conversation_id, "member": member_id, "id": new_id()}
    kept = await (await connection.execute(_KEEP, {**names, "disposition": disposition, "note": note})).fetchone()
    await connection.execute(_END, names)
    if kept is None:
        found = "SELECT FROM conversation WHERE workspace_id = %s AND id = %s"
        if await (await connection.execute(found, (workspace_id, conversation_id))).fetchone() is None:
            raise NotFound(f"no conversation {conversation_id}")
        return
    await add_note(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        text=f"Wrapped up: {disposition}" + (f"\n{note}" if note else ""),
        author="member",
        author_id=member_id,
        data={"disposition": disposition},
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="conversation.wrapped_up",
        subject=f"conversation:{conversation_id}",
        detail={"disposition": disposition},
    )


async def counted(
    connection: Connection, workspace_id: UUID, *, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """How often each disposition was given, the most frequent first."""
    return await (await connection.execute(_COUNTED, (workspace_id, since, until))).fetchall()
