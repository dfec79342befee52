"""What people do with suggestions: look, approve, dismiss."""

from typing import Any
from uuid import UUID

import orjson

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.http import Rank
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.suggestions.schemas import Approval
from dynaris.workspaces.actions import record

_SHOWN = """s.id, s.question, s.answer, s.language, s.status, s.asked, s.asked_at, s.source_id, (
        SELECT coalesce(jsonb_agg(to_jsonb(latest)), '[]') FROM (
            SELECT event_id, conversation_id, question, created_at FROM knowledge_ask
            WHERE workspace_id = s.workspace_id AND suggestion_id = s.id ORDER BY id DESC LIMIT 5) latest) AS asks"""


async def page(
    connection: Connection, workspace_id: UUID, *, status: str, after: Rank | None, limit: int
) -> list[dict[str, Any]]:
    """Most asked first."""
    cursor = await connection.execute(
        f"""SELECT {_SHOWN} FROM knowledge_suggestion s
            WHERE s.workspace_id = %(ws)s AND s.status = %(status)s
              AND (%(number)s::int IS NULL OR (s.asked, s.id) < (%(number)s::int, %(id)s::uuid))
            ORDER BY s.asked DESC, s.id DESC LIMIT %(limit)s""",
        {
            "ws": workspace_id,
            "status": status,
            "number": after.number if after else None,
            "id": after.id if after else None,
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def one(connection: Connection, workspace_id: UUID, suggestion_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    cursor = await connection.execute(
        f"SELECT {_SHOWN} FROM knowledge_suggestion s WHERE s.workspace_id = %s AND s.id = %s",
        (workspace_id, suggestion_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no suggestion {suggestion_id}")
    return row


async def approve(connection: Connection, workspace_id: UUID, suggestion_id: UUID, *, given: Approval, by: str) -> None:
    """Becomes an FAQ, which agents answer from at once. It is nobody's words any more but the business's."""
    row = await _open(connection, workspace_id, suggestion_id)
    source_id = await add_source(
        connection,
        workspace_id,
        kind="faq",
        title=given.question,
        content=orjson.dumps([{"question": given.question, "answer": given.answer}]).decode(),
        language=given.language or row["language"],
        by=by,
    )
    await connection.execute(
        """UPDATE knowledge_suggestion
           SET status = 'approved', question = %(question)s, answer = %(answer)s, contact_id = NULL,
               source_id = %(source)s, decided_by = %(by)s, decided_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {
            "ws": workspace_id,
            "id": suggestion_id,
            "question": given.question,
            "answer": given.answer,
            "source": source_id,
            "by": by,
        },
    )
    await _record(connection, workspace_id, suggestion_id, what="approved", by=by)


async def dismiss(connection: Connection, workspace_id: UUID, suggestion_id: UUID, *, by: str) -> None:
    """Like questions are not proposed again."""
    await _open(connection, workspace_id, suggestion_id)
    await connection.execute(
        """UPDATE knowledge_suggestion SET status = 'dismissed', decided_by = %s, decided_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s""",
        (by, workspace_id, suggestion_id),
    )
    await _record(connection, workspace_id, suggestion_id, what="dismissed", by=by)


async def _open(connection: Connection, workspace_id: UUID, suggestion_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT status, language FROM knowledge_suggestion WHERE workspace_id = %s AND id = %s FOR UPDATE",
        (workspace_id, suggestion_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no suggestion {suggestion_id}")
    if row["status"] != "open":
        raise Conflict(f"the suggestion is {row['status']} already")
    return row


async def _record(connection: Connection, workspace_id: UUID, suggestion_id: UUID, *, what: str, by: str) -> None:
    subject = f"suggestion:{suggestion_id}"
    await record(connection, workspace_id, actor=by, action=f"suggestion.{what}", subject=subject)
