"""`dynaris backup`: the database and the stored files in one file, consistent while the product runs."""

import asyncio
import errno
import json
import os
import re
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dynaris.app.backup_file import DUMP, HASHES, KEY, BackupReader, BackupWriter, Manifest, hash_line, locked
from dynaris.app.key import opens
from dynaris.core.crypto import Vault
from dynaris.core.db import NO_WRITING
from dynaris.core.errors import DynarisError, InvalidInput, NotFound, StartupError
from dynaris.core.files import Files
from dynaris.core.postgres import attached
from dynaris.core.postgres_home import tool
from dynaris.core.settings import Settings
from dynaris.migrations.run import current_revision

CHUNK = 1024 * 1024
_KEYS_AT_ONCE = 5_000
_OURS = re.compile(r"dynaris-\d{8}T\d{6}Z\.tar")
_ROOMLESS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LEFT_OUT = (
    *("listener", "listening_worker", "standby"),  # true of one moment of one installation
    *("installation", "process_figures"),  # a copy is another installation, with processes of its own
    "contact_export",  # copies of a person's data that end within days: a backup would keep them
)


@dataclass
class Made:
    """What became of a backup."""

    path: Path
    manifest: Manifest
    removed: list[Path] = field(default_factory=list)  # older ones


def named(out: Path, moment: datetime, *, in_folder: bool = False) -> Path:
    """`out`, or a file in it that is named after the moment."""
    if out.is_dir():
        return out / f"dynaris-{moment:%Y%m%dT%H%M%SZ}.tar"
    if in_folder:
        raise InvalidInput(f"--keep removes older backups from a folder: {out} is none")
    return out


async def make_backup(
    url: str, files: Files | None, out: Path, *, key: str | None = None, passphrase: str | None = None, keep: int = 0
) -> Made:
    """`url` is the tables' owner. Without `files`, the stored files are left out. `out` may be a folder.

    With `key` and `passphrase`, the backup contains the secret key under that passphrase. With `keep`, only so many
    backups of this installation stay in the folder, this one among them.
    """
    revision = await current_revision(url)
    if revision is None:
        raise StartupError("there is nothing to back up: the database has no tables of dynaris yet")
    if passphrase and not key:
        raise InvalidInput("--with-key: no secret key is known here; DYNARIS_SECRET_KEY must have it")
    now = datetime.now(UTC)
    path = named(out, now, in_folder=keep > 0)
    with _new_file(path) as file:
        writer = BackupWriter(file)
        with tempfile.TemporaryFile(dir=path.parent) as keys:
            about = await _dumped(url, writer, keys)
            copied = await _copied(files, writer, keys)
        if key and passphrase:
            if about["key_check"] and not opens(Vault(key), about["key_check"]):
                raise InvalidInput(
                    "--with-key: the secret key here is not the one of this database; nothing was written"
                )
            writer.add(KEY, locked(key, passphrase))
        manifest = Manifest(
            product=version("dynaris"),
            schema_revision=revision,
            made_at=now.isoformat(),
            without_files=files is None,
            parts=writer.parts,
            **about,
            **copied,
        )
        writer.finish(manifest)
    await _noted(url)
    return Made(path, manifest, _rotated(path, manifest, keep) if keep else [])


async def _noted(url: str) -> None:
    """For doctor, which says when the last one is old. Not in a schema of before, nor where nothing can be written."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        with suppress(
            psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, *NO_WRITING
        ):  # the backup is whole
            await connection.execute(
                """INSERT INTO installation (id, backed_up_at) VALUES (gen_random_uuid(), clock_timestamp())
                   ON CONFLICT ("only") DO UPDATE SET backed_up_at = excluded.backed_up_at"""
            )


@asynccontextmanager
async def source(settings: Settings) -> AsyncIterator[tuple[str, str | None]]:
    """The owner's url and the secret key. An older schema stays as it is: what is backed up before an upgrade must be
    what was there.
    """
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    if settings.database_url is not None:
        yield settings.migrate_url or settings.database_url, given
        return
    if not (settings.home / "postgres" / "data").exists():
        raise StartupError(f"there is nothing to back up: {settings.home} has no database")
    stored = settings.home / "secret.key"
    async with attached(settings.home) as url:
        yield url, given or (stored.read_text().strip() if stored.exists() else None)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """Its final name appears when everything is on the disk; whatever goes wrong before leaves nothing."""
    if path.exists():
        raise InvalidInput(f"{path} exists: a backup overwrites nothing")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        temporary.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        why = "there is no room left" if error.errno in _ROOMLESS else error.strerror or str(error)
        raise StartupError(f"the backup {path} could not be written: {why}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _dumped(url: str, writer: BackupWriter, keys: IO[bytes]) -> dict[str, Any]:
    """The dump and what the manifest says of it, out of one snapshot; the stored files' keys go to `keys`."""
    async with _snapshot(url) as (connection, snapshot):
        with writer.part(DUMP) as part:
            await _run_dump(url, snapshot, part.write)
        tables = await _tables(connection)
        for table in await _with_files(connection):
            await _write_keys(connection, table, keys)
        row = await (await connection.execute("SELECT sealed FROM key_check")).fetchone()
        server = await (await connection.execute("SHOW server_version")).fetchone()
    return {"tables": tables, "key_check": row[0] if row else None, "server": server[0] if server else ""}


@asynccontextmanager
async def _snapshot(url: str) -> AsyncIterator[tuple[psycopg.AsyncConnection[Any], str]]:
    """A transaction that sees one moment, and the name by which pg_dump sees the same."""
    options = "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0 -c row_security=off"
    async with await psycopg.AsyncConnection.connect(make_conninfo(url, options=options)) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        row = await (await connection.execute("SELECT pg_export_snapshot()")).fetchone()
        assert row is not None
        yield connection, row[0]


async def _run_dump(url: str, snapshot: str, write: Any) -> None:
    excluded = [f"--exclude-table-data={table}" for table in _LEFT_OUT]
    process = await asyncio.create_subprocess_exec(
        *(tool("pg_dump"), "--format=custom", "--no-owner", "--no-tablespaces", "--no-unlogged-table-data"),
        *(*excluded, f"--snapshot={snapshot}", f"--dbname={without_password(url)}"),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=password_environment(url),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        while chunk := await process.stdout.read(CHUNK):
            write(chunk)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        lines = (await said).decode(errors="replace").strip().splitlines()
        raise StartupError(f"pg_dump failed: {lines[0] if lines else f'exit code {code}'}")


def without_password(url: str) -> str:
    """For a command line, which everybody on the machine can read."""
    return make_conninfo(**{**conninfo_to_dict(url), "password": None})


def password_environment(url: str) -> dict[str, str]:
    password = conninfo_to_dict(url).get("password")
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG") or name in ("PATH", "HOME")}
    return kept | {"LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})


async def _tables(connection: psycopg.AsyncConnection[Any]) -> dict[str, int]:
    """Rows of each table whose data are in the dump."""
    cursor = await connection.execute(
        """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND c.relpersistence = 'p' AND c.relname <> ALL(%s) ORDER BY 1""",
        (list(_LEFT_OUT),),
    )
    counts: dict[str, int] = {}
    for (name,) in await cursor.fetchall():
        found = await connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
        row = await found.fetchone()
        counts[name] = row[0] if row else 0
    return counts


async def _with_files(connection: psycopg.AsyncConnection[Any]) -> list[str]:
    """Tables whose rows name stored files."""
    cursor = await connection.execute(
        """SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'
           AND column_name = 'storage_key' AND table_name <> ALL(%s) ORDER BY 1""",
        (list(_LEFT_OUT),),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _write_keys(connection: psycopg.AsyncConnection[Any], table: str, keys: IO[bytes]) -> None:
    query = sql.SQL("SELECT DISTINCT storage_key FROM {} WHERE storage_key IS NOT NULL ORDER BY 1")
    async with connection.cursor(name="stored_files") as cursor:
        await cursor.execute(query.format(sql.Identifier(table)))
        while rows := await cursor.fetchmany(_KEYS_AT_ONCE):
            keys.writelines(json.dumps(row[0]).encode() + b"\n" for row in rows)


async def _copied(files: Files | None, writer: BackupWriter, keys: IO[bytes]) -> dict[str, Any]:
    """Copies what the dump names. Contents never change once they are written: the dump's moment holds for them."""
    count = size = 0
    missing: list[str] = []
    keys.seek(0)
    with tempfile.TemporaryFile() as hashes:
        for line in keys if files else ():
            key = json.loads(line)
            pieces = files.chunks(key)  # type: ignore[union-attr]
            try:
                first = await anext(pieces, b"")
            except NotFound:
                missing.append(key)
                continue
            with writer.file(key) as file:
                file.write(first)
                async for piece in pieces:
                    file.write(piece)
            hashes.write(hash_line(key, file.sha256))
            count, size = count + 1, size + file.size
        hashes.seek(0)
        with writer.part(HASHES) as part:
            while chunk := hashes.read(CHUNK):
                part.write(chunk)
    return {"files": count, "file_bytes": size, "missing_files": missing}


def _rotated(newest: Path, manifest: Manifest, keep: int) -> list[Path]:
    """Removes older backups that bear our name and are of the same installation."""
    ours = sorted((path for path in newest.parent.iterdir() if _OURS.fullmatch(path.name)), reverse=True)
    others = [path for path in ours if path != newest and _key_check_of(path) == manifest.key_check]
    removed = others[max(0, keep - 1) :]
    for path in removed:
        path.unlink()
    return removed


def _key_check_of(path: Path) -> str | None:
    """What tells one installation from another; "" where the file is no backup."""
    try:
        reader = BackupReader(path)
    except DynarisError:
        return ""
    reader.close()
    return reader.manifest.key_check


async def check_backup(path: Path) -> Manifest:
    """Raises `InvalidInput` unless every part is as it was written and pg_restore can list the dump."""
    reader = BackupReader(path)
    try:
        reader.verify()
        process = await asyncio.create_subprocess_exec(
            *(tool("pg_restore"), "--list"), stdin=PIPE, stdout=DEVNULL, stderr=PIPE
        )
        lines = await feed(process, chunks(reader.open(DUMP)))
        if process.returncode:
            raise InvalidInput(f"{path} holds a database that pg_restore cannot read: {lines}")
    finally:
        reader.close()
    return reader.manifest


async def chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


async def feed(process: asyncio.subprocess.Process, source: AsyncIterator[bytes]) -> str:
    """Gives all of `source` to the process, as far as it reads, and waits for its end. What it said first."""
    assert process.stdin is not None
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            async for chunk in source:
                process.stdin.write(chunk)
                await process.stdin.drain()
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = (await said).decode(errors="replace").strip().splitlines()
    return lines[0] if lines else f"exit code {process.returncode}"


def in_words(manifest: Manifest) -> Iterator[str]:
    rows = sum(manifest.tables.values())
    yield f"dynaris {manifest.product}, schema {manifest.schema_revision}, made at {manifest.made_at}"
    without = " (left out: --without-files)" if manifest.without_files else ""
    yield f"{len(manifest.tables)} tables with {rows} rows"
    yield f"{manifest.files} files of {manifest.file_bytes} bytes{without}"
    if KEY in manifest.parts:
        yield "the secret key is inside, under the passphrase"
    else:
        yield "the secret key is NOT inside: keep it (secret.key in the home, or DYNARIS_SECRET_KEY) elsewhere, safely"
    if manifest.missing_files:
        shown = ", ".join(manifest.missing_files[:3])
        yield f"{len(manifest.missing_files)} files that the database names are gone from the store: {shown}"
    yield "the sandbox's mails and phones are not part of a backup"
