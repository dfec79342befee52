"""Reads of sources and documents, for people."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.knowledge.ranking import FLOOR
from dynaris.workspaces.queries import settings

_SOURCE = """s.id, s.kind, s.title, s.language, s.enabled, s.created_at, s.updated_at, s.url, s.max_pages, s.max_depth,
    s.every_hours, s.visit_began_at, s.visit_ended_at, s.next_visit_at, s.visit_error,
    octet_length(s.content) + coalesce(d.size, 0)::bigint AS size,
    (SELECT count(*)::int FROM passage p WHERE p.workspace_id = s.workspace_id AND p.source_id = s.id) AS passages,
    coalesce(d.documents, 0) AS documents, coalesce(d.waiting, 0) AS waiting, coalesce(d.failed, 0) AS failed"""
_DOCUMENTS = """LEFT JOIN LATERAL (
        SELECT sum(size) AS size, count(*)::int AS documents,
               (count(*) FILTER (WHERE status IN ('queued', 'reading')))::int AS waiting,
               (count(*) FILTER (WHERE status = 'failed'))::int AS failed
        FROM knowledge_document WHERE workspace_id = s.workspace_id AND source_id = s.id) d ON true"""

_DOCUMENT = """d.id, d.source_id, d.place, d.name, d.media_type, d.status, d.error, d.pages_done, d.pages_total, d.size,
    d.passages, d.version, d.shown_version, d.language, d.language_given, d.enabled, d.checked_at, d.created_at,
    d.updated_at"""


async def list_sources(
    connection: Connection, workspace_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Newest first, without their content."""
    cursor = await connection.execute(
        f"""SELECT {_SOURCE} FROM knowledge_source s {_DOCUMENTS}
            WHERE s.workspace_id = %(workspace_id)s AND (%(before)s::uuid IS NULL OR s.id < %(before)s)
            ORDER BY s.id DESC LIMIT %(limit)s""",
        {"workspace_id": workspace_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def get_source(connection: Connection, workspace_id: UUID, source_id: UUID) -> dict[str, Any]:
    """One source with its content. Raises NotFound."""
    cursor = await connection.execute(
        f"""SELECT {_SOURCE}, s.content FROM knowledge_source s {_DOCUMENTS}
            WHERE s.workspace_id = %s AND s.id = %s""",
        (workspace_id, source_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no knowledge source {source_id}")
    return row


async def list_passages(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    *,
    document_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """In the order in which they were read, which their ids have."""
    cursor = await connection.execute(
        """SELECT id, document_id, heading, text, page, link FROM passage
           WHERE workspace_id = %(ws)s AND source_id = %(source)s
             AND (%(document)s::uuid IS NULL OR document_id = %(document)s)
             AND (%(after)s::uuid IS NULL OR id > %(after)s)
           ORDER BY id LIMIT %(limit)s""",
        {"ws": workspace_id, "source": source_id, "document": document_id, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def answer_floor(connection: Connection, workspace_id: UUID) -> float:
    """What covers less of a question does not answer it, as agents are told."""
    workspace = await settings(connection, workspace_id)
    return float(workspace["profile"].get("answer_floor") or FLOOR)


async def list_documents(
    connection: Connection,
    workspace_id: UUID,
    *,
    source_id: UUID | None = None,
    status: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Newest first."""
    cursor = await connection.execute(
        f"""SELECT {_DOCUMENT} FROM knowledge_document d
            WHERE d.workspace_id = %(ws)s AND (%(source)s::uuid IS NULL OR d.source_id = %(source)s)
              AND (%(status)s::text IS NULL OR d.status = %(status)s)
              AND (%(before)s::uuid IS NULL OR d.id < %(before)s)
            ORDER BY d.id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "source": source_id, "status": status, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def get_document(connection: Connection, workspace_id: UUID, document_id: UUID) -> dict[str, Any]:
    """With its versions, newest first. Raises NotFound."""
    cursor = await connection.execute(
        f"""SELECT {_DOCUMENT}, (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'number', v.number, 'filename', v.filename, 'size', v.size, 'created_by', v.created_by,
                    'created_at', v.created_at) ORDER BY v.number DESC), '[]')
                FROM knowledge_version v WHERE v.workspace_id = d.workspace_id AND v.document_id = d.id) AS versions
            FROM knowledge_document d WHERE d.workspace_id = %s AND d.id = %s""",
        (workspace_id, document_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no document {document_id}")
    return row


async def stored_version(
    connection: Connection, workspace_id: UUID, document_id: UUID, number: int | None
) -> dict[str, Any]:
    """Where the bytes of a version are, of the wanted one if none is named. Raises NotFound."""
    cursor = await connection.execute(
        """SELECT v.filename, v.media_type, v.storage_key FROM knowledge_version v
           JOIN knowledge_document d ON d.workspace_id = v.workspace_id AND d.id = v.document_id
           WHERE v.workspace_id = %s AND v.document_id = %s AND v.number = coalesce(%s, d.version)""",
        (workspace_id, document_id, number),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no stored version of document {document_id}")
    return row
