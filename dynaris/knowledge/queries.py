"""Reads of knowledge: sources for people, passages for questions."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.knowledge.ranking import Passage
from dynaris.knowledge.searching import search

__all__ = ["Passage", "get_source", "list_sources", "search"]

_LISTED = """SELECT s.id, s.kind, s.title, s.language, s.enabled, s.created_at, s.updated_at,
                    octet_length(s.content) AS size, count(p.id)::int AS passages
             FROM knowledge_source s
             LEFT JOIN passage p ON p.workspace_id = s.workspace_id AND p.source_id = s.id
             WHERE s.workspace_id = %(workspace_id)s AND (%(before)s::uuid IS NULL OR s.id < %(before)s)
             GROUP BY s.workspace_id, s.id ORDER BY s.id DESC LIMIT %(limit)s"""


async def list_sources(
    connection: Connection, workspace_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Newest first, without their content."""
    cursor = await connection.execute(_LISTED, {"workspace_id": workspace_id, "before": before, "limit": limit})
    return await cursor.fetchall()


async def get_source(connection: Connection, workspace_id: UUID, source_id: UUID) -> dict[str, Any]:
    """One source with its content. Raises NotFound."""
    cursor = await connection.execute(
        """SELECT s.id, s.kind, s.title, s.content, s.language, s.enabled, s.created_at, s.updated_at,
                  octet_length(s.content) AS size,
                  (SELECT count(*)::int FROM passage p
                   WHERE p.workspace_id = s.workspace_id AND p.source_id = s.id) AS passages
           FROM knowledge_source s WHERE s.workspace_id = %s AND s.id = %s""",
        (workspace_id, source_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no knowledge source {source_id}")
    return row
