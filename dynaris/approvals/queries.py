"""Reads of approvals."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_APPROVAL: LiteralString = """SELECT a.*, c.name AS contact_name, v.channel,
        (SELECT r.reason FROM approval r WHERE r.workspace_id = a.workspace_id AND r.run_id = a.run_id
           AND r.status = 'rejected' AND r.id < a.id ORDER BY r.id DESC LIMIT 1) AS rejected_before
    FROM approval a
    LEFT JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
    LEFT JOIN conversation v ON v.workspace_id = a.workspace_id AND v.id = a.conversation_id"""


async def list_approvals(
    connection: Connection,
    workspace_id: UUID,
    *,
    status: str | None = None,
    conversation_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Newest first, one more than `limit` when there is another page."""
    asked: tuple[tuple[LiteralString, object], ...] = (
        ("a.status = %(status)s", status),
        ("a.conversation_id = %(conversation)s", conversation_id),
        ("a.id < %(before)s", before),
    )
    conditions: list[LiteralString] = ["a.workspace_id = %(ws)s"]
    conditions.extend(condition for condition, given in asked if given is not None)
    cursor = await connection.execute(
        f"""{_APPROVAL} WHERE {" AND ".join(conditions)} ORDER BY a.id DESC LIMIT %(limit)s""",
        {
            "ws": workspace_id,
            "status": status,
            "conversation": conversation_id,
            "before": before,
            "limit": limit + 1,
        },
    )
    return await cursor.fetchall()


async def get_approval(connection: Connection, workspace_id: UUID, approval_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"{_APPROVAL} WHERE a.workspace_id = %s AND a.id = %s", (workspace_id, approval_id)
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no approval {approval_id}")


async def is_pending(connection: Connection, workspace_id: UUID, approval_id: UUID) -> bool:
    cursor = await connection.execute(
        "SELECT FROM approval WHERE workspace_id = %s AND id = %s AND status = 'pending'", (workspace_id, approval_id)
    )
    return await cursor.fetchone() is not None
