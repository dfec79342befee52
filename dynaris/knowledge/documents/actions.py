"""Writes to documents: new ones, new versions, switched on and off, removed. What is read is another job's."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import unquote
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from dynaris.core.jobs import defer
from dynaris.core.live import publish
from dynaris.knowledge.documents.formats import MEDIA_TYPES, ending
from dynaris.knowledge.documents.limits import VERSIONS_KEPT
from dynaris.knowledge.passages import remove_passages
from dynaris.workspaces.actions import record

READ_JOB = "knowledge.read.v1"
FORGET_JOB = "knowledge.forget_files.v1"
LIVE_TOPIC = "knowledge"

FILE = "file"  # the place of a file's only document
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Bytes that are in the store already, under `key`."""

    filename: str
    media_type: str
    size: int
    digest: str
    key: str


def checked_name(filename: str | None) -> str:
    """A name without its folders, of a kind that can be read. Some clients write it percent-encoded (RFC 7578)."""
    path = PurePath(unquote(filename or "").replace("\\", "/"))
    name = "".join(each for each in path.name if each.isprintable())
    if ending(name) not in MEDIA_TYPES:
        kinds = ", ".join(f".{kind}" for kind in MEDIA_TYPES)
        raise InvalidInput(f"expected a file that ends in one of {kinds}, got {name[:100]!r}")
    return name[-_LONGEST_NAME:]


def measured(content: IO[bytes], *, most: int) -> tuple[int, str]:
    """Size and digest of a file, which is left at its beginning. Raises `TooLarge`, `InvalidInput` if it is empty."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while piece := content.read(1024 * 1024):
        size += len(piece)
        if size > most:
            raise TooLarge(f"a file may have {most} bytes; split it, or save it without pictures")
        digest.update(piece)
    content.seek(0)
    if not size:
        raise InvalidInput("the file is empty")
    return size, digest.hexdigest()


def folder_of(workspace_id: UUID, source_id: UUID, document_id: UUID | None = None) -> str:
    below = f"{document_id}/" if document_id else ""
    return f"{workspace_id}/knowledge/{source_id}/{below}"


async def add_file(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    *,
    document_id: UUID,
    stored: Stored,
    title: str,
    language: str,
    given: bool,
    by: str,
) -> None:
    """A source of one file; its reading is queued in the same transaction."""
    await connection.execute(
        """INSERT INTO knowledge_source (workspace_id, id, kind, title, content, language)
           VALUES (%s, %s, 'file', %s, '', %s)""",
        (workspace_id, source_id, title[:_LONGEST_NAME], language),
    )
    await connection.execute(
        """INSERT INTO knowledge_document (workspace_id, id, source_id, place, name, language, language_given)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        (workspace_id, document_id, source_id, FILE, stored.filename, language if given else None, given),
    )
    await add_version(connection, workspace_id, document_id, stored=stored, by=by)
    await note(connection, workspace_id, source_id, what="added", by=by, detail={"kind": "file", "title": title})
    await queue_reading(connection, workspace_id)


async def known_file(
    connection: Connection, workspace_id: UUID, *, stored: Stored, language: str | None
) -> UUID | None:
    """The document that holds the very file already: an upload that is sent twice is one. Held against others of the
    workspace that come at the same time, until this transaction ends.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"uploads:{workspace_id}",))
    cursor = await connection.execute(
        """SELECT d.id FROM knowledge_document d
           JOIN knowledge_source s ON s.workspace_id = d.workspace_id AND s.id = d.source_id AND s.enabled
           JOIN knowledge_version v ON v.workspace_id = d.workspace_id AND v.document_id = d.id
                AND v.number = d.version
           WHERE d.workspace_id = %(ws)s AND d.place = 'file' AND d.name = %(name)s AND d.size = %(size)s
             AND v.digest = %(digest)s AND d.enabled AND d.status <> 'failed'
             AND (%(language)s::text IS NULL OR d.language = %(language)s) LIMIT 1""",
        {
            "ws": workspace_id,
            "name": stored.filename,
            "size": stored.size,
            "digest": stored.digest,
            "language": language,
        },
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def add_version(connection: Connection, workspace_id: UUID, document_id: UUID, *, stored: Stored, by: str) -> int:
    """The number of the new version, which is the wanted one now; what is found stays until it is read."""
    cursor = await connection.execute(
        """UPDATE knowledge_document d
           SET version = 1 + greatest(d.version, coalesce((
                   SELECT max(number) FROM knowledge_version v
                   WHERE v.workspace_id = d.workspace_id AND v.document_id = d.id), 0)),
               status = CASE WHEN d.enabled THEN 'queued' ELSE d.status END, error = NULL, failures = 0,
               pages_done = 0, pages_total = NULL, size = %(size)s, media_type = %(media_type)s,
               name = CASE WHEN d.place = 'file' THEN %(filename)s ELSE d.name END, updated_at = clock_timestamp()
           WHERE d.workspace_id = %(ws)s AND d.id = %(id)s RETURNING version""",
        {
            "ws": workspace_id,
            "id": document_id,
            "size": stored.size,
            "media_type": stored.media_type,
            "filename": stored.filename,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no document {document_id}")
    await connection.execute(
        """INSERT INTO knowledge_version
               (workspace_id, document_id, number, filename, media_type, size, digest, storage_key, created_by)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            *(workspace_id, document_id, row["version"], stored.filename, stored.media_type),
            *(stored.size, stored.digest, stored.key, by),
        ),
    )
    return row["version"]


async def replace_file(
    connection: Connection, workspace_id: UUID, document_id: UUID, *, stored: Stored, by: str
) -> int:
    """A new version of an uploaded file. Raises `Conflict` for a web page, which has its own way to change."""
    row = await locked(connection, workspace_id, document_id)
    if row["place"] != FILE:
        raise Conflict("this document is a web page: it changes when its site is visited")
    number = await add_version(connection, workspace_id, document_id, stored=stored, by=by)
    detail = {"document": str(document_id), "version": number, "changed": ["file"]}
    await note(connection, workspace_id, row["source_id"], what="changed", by=by, detail=detail)
    await queue_reading(connection, workspace_id)
    return number


async def bring_back(connection: Connection, workspace_id: UUID, document_id: UUID, number: int, *, by: str) -> None:
    """An earlier version is the wanted one again."""
    row = await locked(connection, workspace_id, document_id)
    cursor = await connection.execute(
        """UPDATE knowledge_document d
           SET version = v.number, status = CASE WHEN d.enabled THEN 'queued' ELSE d.status END, error = NULL,
               failures = 0, pages_done = 0, pages_total = NULL, size = v.size, media_type = v.media_type,
               name = CASE WHEN d.place = 'file' THEN v.filename ELSE d.name END,
               etag = NULL, last_modified = NULL, updated_at = clock_timestamp()
           FROM knowledge_version v
           WHERE d.workspace_id = %(ws)s AND d.id = %(id)s AND v.workspace_id = d.workspace_id
             AND v.document_id = d.id AND v.number = %(number)s""",
        {"ws": workspace_id, "id": document_id, "number": number},
    )
    if not cursor.rowcount:
        raise NotFound(f"no version {number} of document {document_id}")
    detail = {"document": str(document_id), "version": number, "changed": ["version"]}
    await note(connection, workspace_id, row["source_id"], what="changed", by=by, detail=detail)
    await queue_reading(connection, workspace_id)


async def change_document(
    connection: Connection,
    workspace_id: UUID,
    document_id: UUID,
    *,
    enabled: bool | None = None,
    language: str | None = None,
    by: str,
) -> None:
    """A document that is off has no passages; on again, it is read again from what is stored."""
    row = await locked(connection, workspace_id, document_id)
    given = {"enabled": enabled, "language": language}
    changed = sorted(name for name, value in given.items() if value is not None and value != row[name])
    if not changed:
        return
    if language is not None:
        await connection.execute(
            """UPDATE knowledge_document SET language = %s, language_given = true
               WHERE workspace_id = %s AND id = %s""",
            (language, workspace_id, document_id),
        )
    on = row["enabled"] if enabled is None else enabled
    if not on:
        await remove_passages(connection, workspace_id, document_id)
    await connection.execute(
        """UPDATE knowledge_document
           SET enabled = %(on)s, updated_at = clock_timestamp(), failures = 0,
               status = CASE WHEN %(on)s AND version > 0 AND status <> 'gone' THEN 'queued' ELSE status END,
               passages = CASE WHEN %(on)s THEN passages ELSE 0 END,
               shown_version = CASE WHEN %(on)s THEN shown_version ELSE 0 END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {"ws": workspace_id, "id": document_id, "on": on},
    )
    detail = {"document": str(document_id), "changed": changed, "enabled": on}
    await note(connection, workspace_id, row["source_id"], what="changed", by=by, detail=detail)
    await queue_reading(connection, workspace_id)


async def read_again(connection: Connection, workspace_id: UUID, document_id: UUID, *, by: str) -> None:
    """For one that failed, once what was in the way is gone."""
    row = await locked(connection, workspace_id, document_id)
    if not row["enabled"] or not row["version"]:
        raise Conflict("there is nothing to read: the document is switched off, or nothing of it is stored")
    await connection.execute(
        """UPDATE knowledge_document SET status = 'queued', error = NULL, failures = 0, pages_done = 0,
               pages_total = NULL, updated_at = clock_timestamp() WHERE workspace_id = %s AND id = %s""",
        (workspace_id, document_id),
    )
    detail = {"document": str(document_id), "changed": ["read again"]}
    await note(connection, workspace_id, row["source_id"], what="changed", by=by, detail=detail)
    await queue_reading(connection, workspace_id)


async def remove_document(connection: Connection, workspace_id: UUID, document_id: UUID, *, by: str) -> None:
    """With its passages and stored versions; a file takes its source along, which is nothing without it."""
    row = await locked(connection, workspace_id, document_id)
    if row["place"] == FILE:
        await connection.execute(
            "DELETE FROM knowledge_source WHERE workspace_id = %s AND id = %s", (workspace_id, row["source_id"])
        )
    else:
        await connection.execute(
            "DELETE FROM knowledge_document WHERE workspace_id = %s AND id = %s", (workspace_id, document_id)
        )
    detail = {"document": str(document_id), "title": row["name"]}
    await note(connection, workspace_id, row["source_id"], what="removed", by=by, detail=detail)
    await forget_files(connection, workspace_id, folder_of(workspace_id, row["source_id"], document_id))


async def switch_source(connection: Connection, workspace_id: UUID, source_id: UUID, *, enabled: bool) -> None:
    """All the documents of a source; those that are switched off by themselves stay so."""
    names = {"ws": workspace_id, "id": source_id}
    if enabled:
        await connection.execute(
            """UPDATE knowledge_document SET status = 'queued', failures = 0, error = NULL
               WHERE workspace_id = %(ws)s AND source_id = %(id)s AND enabled AND version > 0 AND status <> 'gone'""",
            names,
        )
        await queue_reading(connection, workspace_id)
        return
    await connection.execute("DELETE FROM passage WHERE workspace_id = %(ws)s AND source_id = %(id)s", names)
    await connection.execute(
        """UPDATE knowledge_document SET passages = 0, shown_version = 0
           WHERE workspace_id = %(ws)s AND source_id = %(id)s""",
        names,
    )


async def locked(connection: Connection, workspace_id: UUID, document_id: UUID) -> dict[str, Any]:
    """The row, for a change in this transaction. Raises `NotFound`."""
    cursor = await connection.execute(
        """SELECT d.*, s.enabled AS source_enabled, s.kind, s.title, s.language AS source_language
           FROM knowledge_document d
           JOIN knowledge_source s ON s.workspace_id = d.workspace_id AND s.id = d.source_id
           WHERE d.workspace_id = %s AND d.id = %s FOR UPDATE OF d""",
        (workspace_id, document_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no document {document_id}")
    return row


async def lock_documents(connection: Connection, workspace_id: UUID, source_id: UUID) -> None:
    """Before their source: whoever has read one goes the same way, from the document to its source."""
    await connection.execute(
        "SELECT FROM knowledge_document WHERE workspace_id = %s AND source_id = %s ORDER BY id FOR UPDATE",
        (workspace_id, source_id),
    )


async def prune_versions(connection: Connection, workspace_id: UUID, document_id: UUID) -> list[str]:
    """The keys of versions that are too old to be kept; the wanted one stays however old it is."""
    cursor = await connection.execute(
        """DELETE FROM knowledge_version v USING knowledge_document d
           WHERE v.workspace_id = %(ws)s AND v.document_id = %(id)s AND d.workspace_id = %(ws)s AND d.id = %(id)s
             AND v.number <> d.version AND v.number <> d.shown_version AND v.number <= (
                 SELECT number FROM knowledge_version WHERE workspace_id = %(ws)s AND document_id = %(id)s
                 ORDER BY number DESC OFFSET %(kept)s LIMIT 1)
           RETURNING v.storage_key""",
        {"ws": workspace_id, "id": document_id, "kept": VERSIONS_KEPT},
    )
    return [row["storage_key"] for row in await cursor.fetchall()]


async def queue_reading(connection: Connection, workspace_id: UUID) -> None:
    await defer(connection, READ_JOB, {"workspace_id": str(workspace_id)}, lock=f"knowledge:{workspace_id}")


async def forget_files(connection: Connection, workspace_id: UUID, folder: str) -> None:
    """Once this transaction is committed, however the process ends."""
    await defer(connection, FORGET_JOB, {"workspace_id": str(workspace_id), "folder": folder})


async def note(
    connection: Connection, workspace_id: UUID, source_id: UUID, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    """In the audit log, and for whoever looks at the list now."""
    subject = f"knowledge:{source_id}"
    await record(connection, workspace_id, actor=by, action=f"knowledge.{what}", subject=subject, detail=detail)
    await publish(connection, workspace_id, LIVE_TOPIC, {"source_id": str(source_id), "what": what})
