"""What happened around the messages of a conversation: who took it, handed it over, closed it."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.queries import require_conversation
from dynaris.core.db import Connection
from dynaris.core.http import Position
from dynaris.workspaces.audit import in_words

# What is a message of its own is shown as that.
_SHOWN_OTHERWISE = ["conversation.replied", "conversation.note_added", "conversation.draft_asked"]
_NAMED = in_words("e.actor")
_ENTRIES = f"""SELECT e.id, e.created_at AS at, substr(e.action, 14) AS kind, {_NAMED} AS who,
        CASE WHEN e.action = 'conversation.assigned' THEN coalesce(
            (SELECT name FROM member WHERE workspace_id = %(ws)s AND id::text = e.detail->>'member'),
            (SELECT name FROM team WHERE workspace_id = %(ws)s AND id::text = e.detail->>'team'), 'nobody')
        ELSE coalesce(e.detail->>'tag', '') END AS text, e.detail, NULL::uuid AS run_id
    FROM audit_entry e WHERE e.workspace_id = %(ws)s AND e.subject = 'conversation:' || %(conversation)s
      AND starts_with(e.action, 'conversation.') AND e.action <> ALL(%(otherwise)s)"""
_EVENTS: LiteralString = """SELECT v.id, v.settled_at, v.outcome, coalesce(v.decision->>'agent', ''),
        coalesce(v.reason, ''), '{}'::jsonb, v.run_id
    FROM event v WHERE v.workspace_id = %(ws)s AND v.conversation_id = %(conversation)s::uuid
      AND v.outcome IN ('handed_off', 'ignored', 'failed') AND v.settled_at IS NOT NULL"""


async def activity(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, after: Position | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first. Raises `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    place: LiteralString = "WHERE (at, id) < (%(at)s, %(after)s)" if after else ""
    cursor = await connection.execute(
        f"SELECT * FROM ({_ENTRIES} UNION ALL {_EVENTS}) AS line {place} ORDER BY at DESC, id DESC LIMIT %(limit)s",
        {
            "ws": workspace_id,
            "conversation": str(conversation_id),
            "otherwise": _SHOWN_OTHERWISE,
            "limit": limit,
            **({"at": after.at, "after": after.id} if after else {}),
        },
    )
    return await cursor.fetchall()
