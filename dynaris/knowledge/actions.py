"""Writes to knowledge: sources come and go with their passages."""

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from dynaris.core.ids import new_id
from dynaris.knowledge.documents.actions import folder_of, forget_files, lock_documents, switch_source
from dynaris.knowledge.documents.blocks import one_line
from dynaris.knowledge.documents.pieces import clean
from dynaris.knowledge.passages import store_passages
from dynaris.knowledge.split import Kind, split
from dynaris.knowledge.web.visit import take_up_visit
from dynaris.workspaces.actions import record

LARGEST = 1_000_000  # bytes of one source
LONGEST_TITLE = 200


async def add_source(
    connection: Connection,
    workspace_id: UUID,
    *,
    kind: Kind,
    title: str,
    content: str,
    language: str = "en",
    by: str = "system",
) -> UUID:
    """A source, searchable at once. Raises TooLarge over 1 MB, InvalidInput where no passage is found."""
    title, content = _checked(kind, title, content)
    pieces = split(kind, title, content)
    source_id = new_id()
    async with connection.transaction():
        await connection.execute(
            """INSERT INTO knowledge_source (workspace_id, id, kind, title, content, language)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            (workspace_id, source_id, kind, title, content, language),
        )
        await store_passages(connection, workspace_id, source_id, pieces, language=language, title=title)
        await _record(connection, workspace_id, source_id, what="added", by=by, detail={"kind": kind, "title": title})
    return source_id


async def update_source(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    *,
    title: str | None = None,
    content: str | None = None,
    language: str | None = None,
    enabled: bool | None = None,
    every_hours: int | None = None,
    seen_at: datetime | None = None,
    by: str = "system",
) -> None:
    """Changes what is given and makes the passages anew; a disabled source keeps its content and has none.

    `seen_at`: the state that the change starts from. Raises `Conflict` where somebody else was faster.
    """
    async with connection.transaction():
        await lock_documents(connection, workspace_id, source_id)
        cursor = await connection.execute(
            """SELECT kind, title, content, language, enabled, every_hours, updated_at FROM knowledge_source
               WHERE workspace_id = %s AND id = %s FOR UPDATE""",
            (workspace_id, source_id),
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound(f"no knowledge source {source_id}")
        if seen_at and row["updated_at"] > seen_at:
            raise Conflict("somebody else changed this source meanwhile: look at it again, then change it")
        given = {
            "title": title,
            "content": content,
            "language": language,
            "enabled": enabled,
            "every_hours": every_hours,
        }
        changed = sorted(name for name, value in given.items() if value is not None and value != row[name])
        enabled = row["enabled"] if enabled is None else enabled
        if row["kind"] not in get_args(Kind):
            await _update_documents(connection, workspace_id, source_id, row=row, given=given)
            detail = {"changed": changed, "enabled": enabled}
            await _record(connection, workspace_id, source_id, what="changed", by=by, detail=detail)
            return
        language = str(language or row["language"])
        title, content = _checked(row["kind"], title or row["title"], row["content"] if content is None else content)
        pieces = split(row["kind"], title, content)
        await connection.execute(
            """UPDATE knowledge_source SET title = %s, content = %s, language = %s, enabled = %s,
                      updated_at = clock_timestamp()
               WHERE workspace_id = %s AND id = %s""",
            (title, content, language, enabled, workspace_id, source_id),
        )
        await connection.execute(
            "DELETE FROM passage WHERE workspace_id = %s AND source_id = %s", (workspace_id, source_id)
        )
        if enabled:
            await store_passages(connection, workspace_id, source_id, pieces, language=language, title=title)
        detail = {"changed": changed, "enabled": enabled}
        await _record(connection, workspace_id, source_id, what="changed", by=by, detail=detail)


async def _update_documents(
    connection: Connection, workspace_id: UUID, source_id: UUID, *, row: dict[str, Any], given: dict[str, Any]
) -> None:
    """Of a source whose content are files or web pages."""
    if given["content"] is not None:
        raise Conflict(f"the content of a source of kind {row['kind']} is not typed: upload a new version, or visit it")
    title, _ = _checked("text", given["title"] or row["title"], "")
    enabled = row["enabled"] if given["enabled"] is None else given["enabled"]
    language = given["language"] or row["language"]
    await connection.execute(
        """UPDATE knowledge_source SET title = %s, language = %s, enabled = %s, updated_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s""",
        (title, language, enabled, workspace_id, source_id),
    )
    if given["every_hours"] and row["kind"] in ("page", "site"):
        await connection.execute(
            """UPDATE knowledge_source SET every_hours = %(hours)s, next_visit_at = CASE
                   WHEN visit_ended_at IS NOT NULL THEN visit_ended_at + make_interval(hours => %(hours)s) END
               WHERE workspace_id = %(ws)s AND id = %(id)s""",
            {"hours": given["every_hours"], "ws": workspace_id, "id": source_id},
        )
    if given["language"]:
        await connection.execute(
            """UPDATE knowledge_document SET language = %s, language_given = true
               WHERE workspace_id = %s AND source_id = %s""",
            (language, workspace_id, source_id),
        )
    if given["language"] or (title, enabled) != (row["title"], row["enabled"]):
        await switch_source(connection, workspace_id, source_id, enabled=enabled)
    if enabled and not row["enabled"]:
        await take_up_visit(connection, workspace_id, source_id)


async def remove_source(connection: Connection, workspace_id: UUID, source_id: UUID, *, by: str = "system") -> None:
    async with connection.transaction():
        await lock_documents(connection, workspace_id, source_id)
        cursor = await connection.execute(
            "DELETE FROM knowledge_source WHERE workspace_id = %s AND id = %s RETURNING kind, title",
            (workspace_id, source_id),
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound(f"no knowledge source {source_id}")
        await _record(connection, workspace_id, source_id, what="removed", by=by, detail={"title": row["title"]})
        if row["kind"] not in get_args(Kind):
            await forget_files(connection, workspace_id, folder_of(workspace_id, source_id))


async def _record(
    connection: Connection, workspace_id: UUID, source_id: UUID, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    await record(
        connection, workspace_id, actor=by, action=f"knowledge.{what}", subject=f"knowledge:{source_id}", detail=detail
    )


def _checked(kind: str, title: str, content: str) -> tuple[str, str]:
    if kind not in get_args(Kind):
        raise InvalidInput(f"expected a source of kind {', '.join(get_args(Kind))}, got {kind!r}")
    title = one_line(clean(title))[:LONGEST_TITLE]
    if not title:
        raise InvalidInput("expected a title, got an empty one")
    size = len(content.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        raise TooLarge(f"expected at most {LARGEST} bytes of content, got {size}")
    return title, clean(content.replace("\r\n", "\n").replace("\r", "\n"))
