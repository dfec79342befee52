"""The job that reads documents: bytes from the store, a child process, and the new passages in place of the old.

Passages change in one transaction at the end, so that search always finds a whole version, and a job that begins
again after a crash leaves nothing twice.
"""

import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NoStorage, NotFound
from dynaris.core.jobs import defer
from dynaris.core.language import detect
from dynaris.core.live import publish
from dynaris.knowledge.documents.actions import FILE, LIVE_TOPIC, READ_JOB, locked, prune_versions, queue_reading
from dynaris.knowledge.documents.blocks import Unreadable
from dynaris.knowledge.documents.formats import ending
from dynaris.knowledge.documents.leftovers import reading_folder
from dynaris.knowledge.documents.limits import MOST_PIECES, Desk, passages_left
from dynaris.knowledge.documents.reader import FileReader, Progress, Read
from dynaris.knowledge.passages import remove_passages, store_passages
from dynaris.knowledge.split import Piece

log = structlog.get_logger()

_PORTION_SECONDS = 20.0  # then others have a turn
_BUSY_SECONDS = 1.0
_PROGRESS_SECONDS = 0.5
_MOST_TRIES = 5  # of a document that ends the worker each time
_SAMPLES = 20  # pieces that tell the language

_NEXT = """SELECT d.id FROM knowledge_document d
    JOIN knowledge_source s ON s.workspace_id = d.workspace_id AND s.id = d.source_id
    WHERE d.workspace_id = %s AND d.status = ANY(ARRAY['queued', 'reading']) AND d.version > 0 AND d.enabled
      AND s.enabled ORDER BY d.id LIMIT 1"""


async def read_queued(desk: Desk, workspace_id: UUID) -> None:
    """Whatever waits in a workspace, for a while; the rest is a job of its own again."""
    if desk.free <= 0:
        await _later(desk, workspace_id)
        return
    desk.free -= 1
    try:
        async with FileReader(most_pieces=MOST_PIECES) as reader:
            began = time.monotonic()
            while (document_id := await _next(desk, workspace_id)) is not None:
                if time.monotonic() - began > _PORTION_SECONDS:
                    async with desk.db.workspace(workspace_id) as connection:
                        await queue_reading(connection, workspace_id)
                    return
                await read_document(desk, workspace_id, document_id, reader)
    finally:
        desk.free += 1


async def _later(desk: Desk, workspace_id: UUID) -> None:
    at = clock.now() + timedelta(seconds=_BUSY_SECONDS)
    async with desk.db.workspace(workspace_id) as connection:
        await defer(connection, READ_JOB, {"workspace_id": str(workspace_id)}, lock=f"knowledge:{workspace_id}", at=at)


async def _next(desk: Desk, workspace_id: UUID) -> UUID | None:
    async with desk.db.workspace(workspace_id) as connection:
        row = await (await connection.execute(_NEXT, (workspace_id,))).fetchone()
    return row["id"] if row else None


async def read_document(desk: Desk, workspace_id: UUID, document_id: UUID, reader: FileReader) -> Read | None:
    """Ends as `ready` or `failed`; None where it failed, or is not wanted any more."""
    version = await _begun(desk, workspace_id, document_id)
    if version is None:
        return None
    try:
        with reading_folder() as folder:
            path = await _fetched(desk, version, Path(folder))
            page = version["place"] if version["place"] != FILE else None
            read = await reader.read(
                path,
                version["filename"],
                title=version["shown_title"],
                base=page,
                progress=_progress(desk, workspace_id, document_id),
            )
        return read if await finish(desk, workspace_id, document_id, version["number"], read) else None
    except Unreadable as error:
        await failed(desk, workspace_id, document_id, version["number"], str(error))
        return None
    except (NoStorage, OSError) as error:
        await _not_its_fault(desk, workspace_id, document_id, str(error))
        raise


async def _begun(desk: Desk, workspace_id: UUID, document_id: UUID) -> dict[str, Any] | None:
    """The version to read."""
    async with desk.db.transaction(workspace_id) as connection:
        try:
            row = await locked(connection, workspace_id, document_id)
        except NotFound:
            return None
        if row["failures"] >= _MOST_TRIES:
            why = "reading it ended the worker again and again; save it again or as PDF, and upload that"
            await _set_failed(connection, workspace_id, document_id, why)
            return None
        await connection.execute(
            """UPDATE knowledge_document SET status = 'reading', error = NULL, failures = failures + 1, pages_done = 0,
                   pages_total = NULL WHERE workspace_id = %s AND id = %s""",
            (workspace_id, document_id),
        )
        cursor = await connection.execute(
            """SELECT number, filename, storage_key FROM knowledge_version
               WHERE workspace_id = %s AND document_id = %s AND number = %s""",
            (workspace_id, document_id, row["version"]),
        )
        version = await cursor.fetchone()
        if version is None:
            await _set_failed(connection, workspace_id, document_id, "nothing of it is stored; upload it again")
            return None
        await _told(connection, workspace_id, row["source_id"], document_id, status="reading")
        return {**version, "place": row["place"], "shown_title": _title(row)}


def _title(row: dict[str, Any]) -> str:
    return row["title"] if row["place"] == FILE else row["name"]


async def _fetched(desk: Desk, version: dict[str, Any], folder: Path) -> Path:
    path = folder / f"document.{ending(version['filename']) or 'bin'}"
    try:
        with path.open("wb") as file:
            async for piece in desk.files.chunks(version["storage_key"]):
                file.write(piece)
    except NotFound as error:
        raise Unreadable("the stored file is gone; upload it again") from error
    return path


def _progress(desk: Desk, workspace_id: UUID, document_id: UUID) -> Progress:
    said = 0.0

    async def progress(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said < _PROGRESS_SECONDS and done < total:
            return
        said = time.monotonic()
        async with desk.db.workspace(workspace_id) as connection:
            cursor = await connection.execute(
                """UPDATE knowledge_document SET pages_done = %s, pages_total = %s
                   WHERE workspace_id = %s AND id = %s RETURNING source_id""",
                (done, total, workspace_id, document_id),
            )
            if row := await cursor.fetchone():
                await _told(
                    connection, workspace_id, row["source_id"], document_id, status="reading", pages=(done, total)
                )

    return progress


async def finish(desk: Desk, workspace_id: UUID, document_id: UUID, number: int, read: Read) -> bool:
    """The new passages in place of the old, unless another version is wanted by now. Raises `Unreadable`."""
    if not read.pieces:
        raise Unreadable("no text was found in it; if it holds pictures of text, run text recognition (OCR) over it")
    async with desk.db.transaction(workspace_id) as connection:
        try:
            row = await locked(connection, workspace_id, document_id)
        except NotFound:
            return False
        if row["version"] != number or not row["enabled"] or not row["source_enabled"]:
            return False
        left = await passages_left(connection, workspace_id, document_id, desk.settings)
        if len(read.pieces) > left:
            raise Unreadable(
                f"it has {len(read.pieces)} passages, and the workspace has room for {left} more; "
                "remove what is not needed, and read it again"
            )
        language = row["language"] if row["language_given"] else read.language or language_of(read.pieces)
        language = language or row["source_language"]
        name = read.title if read.title and row["place"] != FILE else row["name"]
        title = row["title"] if row["place"] == FILE else name
        await remove_passages(connection, workspace_id, document_id)
        await store_passages(
            connection,
            workspace_id,
            row["source_id"],
            [_placed(piece, row, document_id) for piece in read.pieces],
            document_id=document_id,
            language=language,
            title=title,
        )
        await connection.execute(
            """UPDATE knowledge_document
               SET status = 'ready', error = NULL, failures = 0, passages = %(passages)s, shown_version = %(number)s,
                   language = %(language)s, name = %(name)s, pages_total = coalesce(pages_total, 1),
                   pages_done = coalesce(pages_total, 1), updated_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(id)s""",
            {
                "ws": workspace_id,
                "id": document_id,
                "passages": len(read.pieces),
                "number": number,
                "language": language,
                "name": name,
            },
        )
        if row["kind"] != "site":
            await connection.execute(
                """UPDATE knowledge_source SET language = %s, updated_at = clock_timestamp()
                   WHERE workspace_id = %s AND id = %s""",
                (language, workspace_id, row["source_id"]),
            )
        old = await prune_versions(connection, workspace_id, document_id)
        await _told(connection, workspace_id, row["source_id"], document_id, status="ready")
    for key in old:
        if key.startswith(f"{workspace_id}/"):  # a rehearsal's copy names the files of its original
            await desk.files.delete(key)
    return True


def _placed(piece: Piece, row: dict[str, Any], document_id: UUID) -> Piece:
    base = f"/api/knowledge/documents/{document_id}/file" if row["place"] == FILE else row["place"]
    link = f"{base}#{piece.link}" if piece.link else base
    return Piece(piece.heading, piece.text, page=piece.page, link=link)


def language_of(pieces: list[Piece]) -> str | None:
    """That of most pieces."""
    step = max(1, len(pieces) // _SAMPLES)
    found = Counter(language for piece in pieces[::step] if (language := detect(piece.text)))
    return found.most_common(1)[0][0] if found else None


async def failed(desk: Desk, workspace_id: UUID, document_id: UUID, number: int, why: str) -> None:
    """What is found of an earlier version stays."""
    async with desk.db.transaction(workspace_id) as connection:
        try:
            row = await locked(connection, workspace_id, document_id)
        except NotFound:
            return
        if row["version"] == number:
            await _set_failed(connection, workspace_id, document_id, why)
            await _told(connection, workspace_id, row["source_id"], document_id, status="failed")
    log.info("knowledge.document_failed", workspace=str(workspace_id), document=str(document_id))


async def _not_its_fault(desk: Desk, workspace_id: UUID, document_id: UUID, why: str) -> None:
    """Files cannot be had or kept now: the job is tried again, and this costs the document no try."""
    async with desk.db.workspace(workspace_id) as connection:
        await connection.execute(
            """UPDATE knowledge_document
               SET status = 'queued', failures = greatest(failures - 1, 0), error = %s
               WHERE workspace_id = %s AND id = %s AND status = 'reading'""",
            (f"it is tried again: {why}"[:1000], workspace_id, document_id),
        )


async def _set_failed(connection: Connection, workspace_id: UUID, document_id: UUID, why: str) -> None:
    await connection.execute(
        """UPDATE knowledge_document SET status = 'failed', error = %s, failures = 0, updated_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s""",
        (why[:1000], workspace_id, document_id),
    )


async def _told(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    document_id: UUID,
    *,
    status: str,
    pages: tuple[int, int] | None = None,
) -> None:
    """To whoever looks at the list."""
    data: dict[str, Any] = {"source_id": str(source_id), "document_id": str(document_id), "status": status}
    if pages:
        data |= {"pages_done": pages[0], "pages_total": pages[1]}
    await publish(connection, workspace_id, LIVE_TOPIC, data)
