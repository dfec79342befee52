"""The export of one contact: everything there is, as JSON for programs and as a page for people, in one ZIP.

Files come first, in pieces, while no connection is held; then rows one after another from one snapshot, so that
memory does not grow with the contact. What is written meanwhile has no name on any disk.
"""

import asyncio
import re
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, LiteralString
from uuid import UUID

import orjson
import structlog
from psycopg import sql
from psycopg.types.json import Jsonb

from dynaris.contacts.merge import survivor
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NoStorage, NotFound
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.pipeline.services import Services
from dynaris.privacy.export_page import write_page
from dynaris.privacy.places import PLACES, Place
from dynaris.privacy.subject import each_row, parameters, patient, reach, subject_of
from dynaris.workspaces.actions import record

log = structlog.get_logger()

EXPORT_JOB = "privacy.export.v1"  # handled by `export_job`
KEPT_DAYS = 7  # unless the workspace's retention says another number
_WITHOUT_ROOM = timedelta(minutes=1)
_ROWS = 20  # fetched at once: a message may have megabytes
_NOT_IN_A_NAME = re.compile(r'["\\/:*?<>|]')
# What a double click only shows; whatever else a sender calls a file might run in the reader's own name.
_HARMLESS = re.compile(
    r"\.(?:txt|csv|tsv|json|eml|log|md|pdf|png|jpe?g|gif|webp|bmp|tiff?|heic|heif|avif|mp3|m4a|wav|ogg|oga|opus|flac|aac"
    r"|mp4|m4v|mov|webm|mkv|avi|docx|xlsx|pptx|odt|ods|odp|ics|vcf|zip|gz|7z)",
    re.IGNORECASE,
)

_BOUNDARY = re.compile(rb"--[!-~]{8,70}(?=\r\n)")  # between the parts of a form
_MOST_PARTS = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_COLUMNS = """SELECT attname AS name FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
_FILES: LiteralString = """SELECT a.id, a.filename, a.storage_key FROM attachment a
    WHERE a.workspace_id = %(ws)s AND a.id > %(after)s AND a.message_id IN (
        SELECT m.id FROM message m
        WHERE m.workspace_id = %(ws)s AND m.conversation_id = ANY(%(conversations)s))
    ORDER BY a.id LIMIT %(page)s"""
_EXPORT = """SELECT id, contact_id, requested_by, status, storage_key, size, counts, created_at, finished_at, expires_at
    FROM contact_export"""


async def request_export(connection: Connection, workspace_id: UUID, contact_id: UUID, *, by: str) -> dict[str, Any]:
    """The export that is to be made, or is being made already. To be called in a transaction. Raises `NotFound`."""
    contact_id = await survivor(connection, workspace_id, contact_id)
    await connection.execute(
        "SELECT id FROM contact WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, contact_id)
    )
    cursor = await connection.execute(
        f"{_EXPORT} WHERE workspace_id = %s AND contact_id = %s AND status = 'queued'", (workspace_id, contact_id)
    )
    if queued := await cursor.fetchone():
        return queued
    export_id = new_id()
    await connection.execute(
        """INSERT INTO contact_export (workspace_id, id, contact_id, requested_by, storage_key)
           VALUES (%s, %s, %s, %s, %s)""",
        (workspace_id, export_id, contact_id, by, f"{workspace_id}/exports/{export_id}.zip"),
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="contact.export_requested",
        subject=f"contact:{contact_id}",
        detail={"export": export_id},
    )
    await _ask_for_job(connection, workspace_id, export_id)
    return await get(connection, workspace_id, export_id)


async def _ask_for_job(connection: Connection, workspace_id: UUID, export_id: UUID, at: datetime | None = None) -> None:
    names = {"workspace_id": str(workspace_id), "export_id": str(export_id)}
    await defer(connection, EXPORT_JOB, names, at=at)


async def get(connection: Connection, workspace_id: UUID, export_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_EXPORT} WHERE workspace_id = %s AND id = %s", (workspace_id, export_id))
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no export {export_id}")


async def export_job(services: Services, workspace_id: UUID, export_id: UUID) -> None:
    """Makes the file. A contact that is erased meanwhile takes it along."""
    key = f"{workspace_id}/exports/{export_id}.zip"
    try:
        async with services.db.workspace(workspace_id) as connection:
            row = await get(connection, workspace_id, export_id)
        if row["status"] != "queued":
            return
        with TemporaryFile() as target:
            counts = await write_export(services, workspace_id, row["contact_id"], target)
            size = target.tell()
            target.seek(0)
            await services.files.put_stream(key, target)
    except NotFound:
        await services.files.delete(key)
        return
    except (NoStorage, OSError) as error:  # all of it would be read again every few seconds
        log.warning("export.waits_for_room", export_id=str(export_id), error=error)
        async with services.db.workspace(workspace_id) as connection:
            await _ask_for_job(connection, workspace_id, export_id, clock.now() + _WITHOUT_ROOM)
        return
    async with services.db.transaction(workspace_id) as connection:
        is_ready = await _ready(connection, workspace_id, export_id, size=size, counts=counts)
    if not is_ready:
        await services.files.delete(key)


async def _ready(
    connection: Connection, workspace_id: UUID, export_id: UUID, *, size: int, counts: dict[str, int]
) -> bool:
    """The lock on the contact's row makes an erasure wait for this, or this for the erasure."""
    cursor = await connection.execute(
        """SELECT c.id FROM contact c JOIN contact_export x ON x.workspace_id = c.workspace_id AND x.contact_id = c.id
           WHERE c.workspace_id = %s AND x.id = %s AND NOT c.erasing FOR UPDATE OF c""",
        (workspace_id, export_id),
    )
    if await cursor.fetchone() is None:
        return False
    cursor = await connection.execute(
        """SELECT days FROM retention WHERE workspace_id = %s AND kind = 'exports'""", (workspace_id,)
    )
    kept = await cursor.fetchone()
    days = kept["days"] if kept and kept["days"] else KEPT_DAYS
    cursor = await connection.execute(
        """UPDATE contact_export SET status = 'ready', size = %s, counts = %s, finished_at = %s, expires_at = %s
           WHERE workspace_id = %s AND id = %s AND status = 'queued'""",
        (size, Jsonb(counts), clock.now(), clock.now() + timedelta(days=days), workspace_id, export_id),
    )
    return cursor.rowcount == 1


@dataclass(slots=True)
class Bundle:
    """The archive that is being written, and which file became what in it."""

    archive: zipfile.ZipFile
    services: Services
    paths: dict[UUID, str | None] = field(default_factory=dict)  # by attachment; `None`: the file is gone
    files: dict[UUID, list[tuple[str, str]]] = field(default_factory=dict)  # by message: path, name as it was given
    counts: dict[str, int] = field(default_factory=dict)

    async def keep(self, path: str, chunks: AsyncIterator[bytes]) -> int:
        size = 0
        with self.archive.open(path, "w", force_zip64=True) as entry:
            async for chunk in chunks:
                await asyncio.to_thread(entry.write, chunk)
                size += len(chunk)
        return size

    async def keep_file(self, attachment: dict[str, Any]) -> str | None:
        """Where the file is in the archive."""
        if attachment["id"] in self.paths:
            return self.paths[attachment["id"]]
        path: str | None = f"attachments/{attachment['id']}-{_file_name(attachment['filename'])}"
        try:
            await self.keep(path, self.services.files.chunks(attachment["storage_key"]))
        except NotFound:
            path = None
        self.paths[attachment["id"]] = path
        return path


async def write_export(services: Services, workspace_id: UUID, contact_id: UUID, target: IO[bytes]) -> dict[str, int]:
    """Writes the ZIP; how many rows of each table are in it. Raises `NotFound`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        bundle = Bundle(archive, services)
        async with patient(services.db, workspace_id) as connection:
            contact_id = await survivor(connection, workspace_id, contact_id)
            names = await reach(connection, workspace_id, await subject_of(connection, workspace_id, contact_id))
        async for attachment in each_row(services.db, workspace_id, _FILES, names):
            await bundle.keep_file(attachment)
        async with patient(services.db, workspace_id) as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            contact_id = await survivor(connection, workspace_id, contact_id)
            names = await parameters(connection, workspace_id, await subject_of(connection, workspace_id, contact_id))
            with TemporaryFile() as kept:
                await _write_tables(connection, bundle, names, kept)
                kept.seek(0)
                await bundle.keep("contact.json", _pieces(kept))
            with TemporaryFile() as page:
                await write_page(connection, names, page, bundle.files)
                page.seek(0)
                await bundle.keep("index.html", _pieces(page))
    return bundle.counts


async def _write_tables(connection: Connection, bundle: Bundle, names: dict[str, Any], kept: IO[bytes]) -> None:
    head = {"format": "dynaris.contact/1", "exported_at": clock.now(), "contact_id": names["contacts"][0]}
    kept.write(orjson.dumps(head)[:-1] + b',"tables":{')
    places = [place for place in reversed(PLACES) if place.exported]
    for number, place in enumerate(places):
        kept.write((b",\n" if number else b"\n") + orjson.dumps(place.table) + b":[")
        count = 0
        async for row in _rows(connection, place, names):
            await _with_files(connection, bundle, place, row)
            kept.write((b",\n" if count else b"\n") + orjson.dumps(row, default=_plain))
            count += 1
        kept.write(b"]")
        if count:
            bundle.counts[place.table] = count
    kept.write(b"}}\n")


async def _rows(connection: Connection, place: Place, names: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """In the order they were written. What an event was stored as is fetched one by one, for its size."""
    found = await (await connection.execute(_COLUMNS, (place.table,))).fetchall()
    hidden = {*place.withheld, "raw"}
    columns = [row["name"] for row in found if row["name"] not in hidden]
    statement = sql.SQL("SELECT {} FROM {} WHERE workspace_id = %(ws)s AND {} ORDER BY {}").format(
        sql.SQL(", ").join(_shown(place, column) for column in columns),
        sql.Identifier(place.table),
        sql.SQL(place.rows),
        sql.Identifier("id" if "id" in columns else columns[1]),
    )
    async with connection.cursor(name="exported") as cursor:
        cursor.itersize = _ROWS
        await cursor.execute(statement, names)
        async for row in cursor:
            yield row


def _shown(place: Place, column: str) -> sql.Composable:
    name = sql.Identifier(column)
    if unless := place.withheld_where.get(column):
        return sql.SQL("CASE WHEN {} THEN NULL ELSE {} END AS {}").format(sql.SQL(unless), name, name)
    return name


async def _with_files(connection: Connection, bundle: Bundle, place: Place, row: dict[str, Any]) -> None:
    if place.table == "event":
        cursor = await connection.execute(
            "SELECT raw FROM event WHERE workspace_id = %s AND id = %s", (row["workspace_id"], row["id"])
        )
        stored = await cursor.fetchone()
        if stored and stored["raw"]:
            for path, content in _openable(f"events/{row['id']}", bytes(stored["raw"])):
                await asyncio.to_thread(bundle.archive.writestr, path, content)
                row["raw_file"] = path
    elif place.table == "attachment":
        path = await bundle.keep_file(row)  # only one that came a moment ago is read now
        if path is None:
            row["missing"] = True
        else:
            row["file"] = path
            bundle.files.setdefault(row["message_id"], []).append((path, row["filename"]))


def _openable(name: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """An arrival under a name by which a person can open it. A form with files: the files beside it, itself last."""
    start = raw[:200].lstrip()
    if start[:1] in (b"{", b"["):
        yield f"{name}.json", raw
    elif re.match(rb"[A-Za-z][A-Za-z0-9-]*:", start) or start[:5] == b"From ":
        yield f"{name}.eml", raw
    elif _is_text(raw):
        yield f"{name}.txt", raw
    elif (boundary := _BOUNDARY.match(raw)) and raw.count(boundary[0]) <= _MOST_PARTS:
        parts = raw.split(boundary[0])
        for number, part in enumerate(parts):
            if not _is_text(part):
                head, _, content = part.partition(b"\r\n\r\n")
                yield f"{name}-{number}.bin", content.removesuffix(b"\r\n")
                parts[number] = head + f"\r\n\r\n(see {name}-{number}.bin)\r\n".encode()
        yield f"{name}.txt", boundary[0].join(parts)
    else:
        yield f"{name}.bin", raw


def _is_text(raw: bytes) -> bool:
    try:
        return not _CONTROL.search(raw.decode())
    except UnicodeDecodeError:
        return False


def _file_name(given: str) -> str:
    """As it was given, without what is not seen or means something to a file system; `.txt` where it is none of those
    that are harmless."""
    seen = "".join(
        character for character in given if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    name = _NOT_IN_A_NAME.sub("_", seen).strip(" .")[-100:].strip(" .") or "file"
    return name if _HARMLESS.fullmatch(PurePosixPath(name).suffix) else f"{name}.txt"


def _plain(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := content.read(1024 * 1024):
        yield piece
