"""What a teammate is writing: one draft for each member and conversation, until it is sent."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.queries import require_conversation
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict

_NOTHING: dict[str, Any] = {"text": "", "note": False, "attachments": [], "version": 0, "updated_at": None}

_DRAFT: LiteralString = """SELECT d.text, d.note, d.version, d.updated_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'filename', a.filename, 'mime_type', a.mime_type,
                             'size', a.size) ORDER BY array_position(d.attachment_ids, a.id)), '[]')
         FROM attachment a WHERE a.workspace_id = d.workspace_id AND a.id = ANY(d.attachment_ids)
           AND a.conversation_id = d.conversation_id AND a.message_id IS NULL) AS attachments
    FROM draft d WHERE d.workspace_id = %(ws)s AND d.conversation_id = %(conversation)s AND d.member_id = %(member)s"""


async def draft(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID
) -> dict[str, Any]:
    """Version 0 where nothing is kept. Raises `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    cursor = await connection.execute(
        _DRAFT, {"ws": workspace_id, "conversation": conversation_id, "member": member_id}
    )
    return await cursor.fetchone() or _NOTHING


async def keep_draft(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    member_id: UUID,
    text: str,
    note: bool,
    attachment_ids: Sequence[UUID],
    version: int,
) -> dict[str, Any]:
    """`version`: the one that this follows, 0 for none. Raises `Conflict` with the kept one where another tab was
    faster, or has sent it; and `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    cursor = await connection.execute(
        """INSERT INTO draft AS d (workspace_id, conversation_id, member_id, text, note, attachment_ids, version)
           SELECT %(ws)s, %(conversation)s, %(member)s, %(text)s, %(note)s, %(attachments)s, 1
           WHERE %(version)s = 0 OR EXISTS (
               SELECT FROM draft k WHERE k.workspace_id = %(ws)s AND k.conversation_id = %(conversation)s
                 AND k.member_id = %(member)s)
           ON CONFLICT (workspace_id, conversation_id, member_id) DO UPDATE
               SET text = excluded.text, note = excluded.note, attachment_ids = excluded.attachment_ids,
                   version = d.version + 1, updated_at = clock_timestamp()
               WHERE d.version = %(version)s
           RETURNING d.version""",
        {
            "ws": workspace_id,
            "conversation": conversation_id,
            "member": member_id,
            "text": text,
            "note": note,
            "attachments": list(attachment_ids),
            "version": version,
        },
    )
    written = await cursor.fetchone()
    kept = await draft(connection, workspace_id, conversation_id=conversation_id, member_id=member_id)
    if written is None:
        what = f"it is at version {kept['version']}" if kept["version"] else "it was sent or dropped"
        raise Conflict(f"this draft was changed elsewhere: {what}, and this follows version {version}", draft=kept)
    return kept


async def drop_draft(connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID) -> None:
    """Where there is none, nothing happens."""
    await connection.execute(
        "DELETE FROM draft WHERE workspace_id = %s AND conversation_id = %s AND member_id = %s",
        (workspace_id, conversation_id, member_id),
    )
