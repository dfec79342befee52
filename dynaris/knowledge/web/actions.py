"""Writes to web pages and sites as sources: named, visited now, visited when their time has come."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.knowledge.documents.actions import note
from dynaris.knowledge.web.addresses import checked
from dynaris.knowledge.web.schemas import NewWebSource
from dynaris.knowledge.web.visit import queue_visit

_BEGIN = """UPDATE knowledge_source SET visit = visit + 1, visit_began_at = clock_timestamp(), visit_ended_at = NULL,
        next_visit_at = NULL, visit_error = NULL, robots = NULL
    WHERE workspace_id = %(ws)s AND kind IN ('page', 'site')"""


async def add_web_source(
    connection: Connection,
    workspace_id: UUID,
    *,
    new: NewWebSource,
    language: str,
    settings: Settings,
    by: str,
) -> UUID:
    """Its first visit is queued in the same transaction. Raises `InvalidInput` for an address that is never called."""
    url = checked(new.url)
    if fault := Outbound.of(settings).fault_of_host(_host(url)):
        raise InvalidInput(fault)
    if (new.max_pages or 0) > settings.crawl_pages:
        raise InvalidInput(f"expected at most {settings.crawl_pages} pages of one site, got {new.max_pages}")
    site = new.kind == "site"
    source_id = new_id()
    await connection.execute(
        """INSERT INTO knowledge_source
               (workspace_id, id, kind, title, content, language, url, max_pages, max_depth, every_hours)
           VALUES (%s, %s, %s, %s, '', %s, %s, %s, %s, %s)""",
        (
            *(workspace_id, source_id, new.kind, new.title or url[:200], new.language or language, url),
            *(min(new.max_pages or 200, settings.crawl_pages) if site else 1, new.max_depth if site else 0),
            new.every_hours,
        ),
    )
    if new.language:
        # The first page carries what was given; the others are added after its example.
        await connection.execute(
            """INSERT INTO knowledge_document (workspace_id, id, source_id, place, name, language, language_given)
               VALUES (%s, %s, %s, %s, %s, %s, true)""",
            (workspace_id, new_id(), source_id, url, url, new.language),
        )
    await note(connection, workspace_id, source_id, what="added", by=by, detail={"kind": new.kind, "title": url})
    await begin_visit(connection, workspace_id, source_id)
    return source_id


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


async def begin_visit(connection: Connection, workspace_id: UUID, source_id: UUID) -> None:
    """A new visit; one that is going on ends with it. Raises `NotFound`, `Conflict` where there is nothing to visit."""
    cursor = await connection.execute(
        f"{_BEGIN} AND id = %(id)s AND enabled RETURNING visit", {"ws": workspace_id, "id": source_id}
    )
    row = await cursor.fetchone()
    if row is None:
        raise await _why_not(connection, workspace_id, source_id)
    await queue_visit(connection, workspace_id, source_id, row["visit"])


async def _why_not(connection: Connection, workspace_id: UUID, source_id: UUID) -> Exception:
    cursor = await connection.execute(
        "SELECT kind, enabled FROM knowledge_source WHERE workspace_id = %s AND id = %s", (workspace_id, source_id)
    )
    row = await cursor.fetchone()
    if row is None:
        return NotFound(f"no knowledge source {source_id}")
    if row["kind"] not in ("page", "site"):
        return Conflict(f"a source of kind {row['kind']} is not on the web")
    return Conflict("the source is switched off")


async def visit_now(connection: Connection, workspace_id: UUID, source_id: UUID, *, by: str) -> None:
    await begin_visit(connection, workspace_id, source_id)
    await note(connection, workspace_id, source_id, what="changed", by=by, detail={"changed": ["visit"]})


async def visit_due(db: Database, workspace_id: UUID, now: datetime) -> int:
    """Begins the visits whose time has come; how many."""
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            f"{_BEGIN} AND next_visit_at <= %(now)s AND enabled RETURNING id, visit", {"ws": workspace_id, "now": now}
        )
        rows: list[dict[str, Any]] = await cursor.fetchall()
        for row in rows:
            await queue_visit(connection, workspace_id, row["id"], row["visit"])
    return len(rows)
