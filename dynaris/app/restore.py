"""`dynaris restore`: a backup onto an empty home or database; nothing is changed before all of it was looked at."""

import asyncio
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from pydantic import SecretStr

from dynaris.app.backup import CHUNK, chunks, feed, password_environment, without_password
from dynaris.app.backup_file import DUMP, KEY, BackupReader, Manifest, unlocked
from dynaris.app.key import opens
from dynaris.app.standby import put_on_standby, standby_reason
from dynaris.app.up import child_environment, prepare_home, settings_of
from dynaris.app.wiring import outside_of, services_of
from dynaris.core.crypto import Vault
from dynaris.core.errors import InvalidInput, StartupError
from dynaris.core.files import Files
from dynaris.core.postgres import attached
from dynaris.core.postgres_home import tool
from dynaris.core.private import make_home
from dynaris.core.settings import Settings
from dynaris.migrations.run import UNFINISHED, ensure_app_role, revisions, upgrade
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.after_restore import Doubtful, doubt_mail_before, doubt_what_was_under_way
from dynaris.pipeline.services import Services
from dynaris.privacy.proof import ErasureRecord, erasures_since, reapply_erasures
from dynaris.workspaces.queries import workspace_ids

_OF_A_HOME = {"postgres", "files", "sandbox", "secret.key", "running.json", "lost+found"}
_NOTICED_SECONDS = 2.0
_LOCK = 7_313_003  # advisory lock: one restore at a time into a database


@dataclass(frozen=True)
class Wishes:
    """How a person wants it restored."""

    resend: bool = False  # what was under way goes on by itself
    activate: bool = False  # the copy works at once
    erasures: list[ErasureRecord] = field(default_factory=list)  # those done since the backup
    keep_key: bool = False  # in the home, whatever the database: it came out of the backup, and is nowhere else


@dataclass
class Restored:
    manifest: Manifest
    doubtful: dict[UUID, Doubtful] = field(default_factory=dict)
    erased: int = 0


def fitting_key(reader: BackupReader, given: str | None, passphrase: str | None) -> str:
    """The secret key, given or from the backup itself. Raises `InvalidInput` unless it is the right one."""
    key = given
    if key is None and reader.has(KEY) and passphrase is not None:
        key = unlocked(reader.open(KEY).read(), passphrase)
    if not key:
        inside = "its passphrase, or " if reader.has(KEY) else ""
        raise InvalidInput(
            f"the secret key is needed, which the stored secrets were encrypted with: {inside}--key-file FILE "
            "(secret.key of the home that was backed up) or DYNARIS_SECRET_KEY"
        )
    sealed = reader.manifest.key_check
    if sealed and not opens(Vault(key), sealed):
        raise InvalidInput("this is not the secret key that the backup's secrets were stored with; nothing was changed")
    return key


async def restore(reader: BackupReader, settings: Settings, key: str, wishes: Wishes) -> Restored:
    """Raises `InvalidInput` or `StartupError` where it cannot be done, before anything was changed. After an
    interruption it is to be run again: until it has ended, nothing starts on what it has made.
    """
    manifest = reader.manifest
    if manifest.schema_revision not in revisions():
        raise InvalidInput(
            f"the backup's schema ({manifest.schema_revision}) is newer than this release ({revisions()[-1]}): "
            f"restore it with dynaris {manifest.product} or newer"
        )
    await asyncio.to_thread(reader.verify)
    settings = settings.model_copy(update={"secret_key": SecretStr(key)})
    if settings.database_url is None:
        _check_home(settings.home, key)
    elif wishes.keep_key:
        _check_key(settings.home, key)
    async with _database(settings) as (owner, chosen), _alone(owner):
        await asyncio.to_thread(_begin, owner)
        await _put_files(reader, outside_of(chosen))
        await _put_rows(reader, owner)
        await asyncio.to_thread(_forget_workers, owner)
        await asyncio.to_thread(upgrade, owner)
        restored = await _made_safe(chosen, manifest, owner, wishes)
        if settings.database_url is None or wishes.keep_key:
            _keep_key(settings.home, key)
        await asyncio.to_thread(_end, owner)
    return restored


def _check_home(home: Path, key: str) -> None:
    """Empty, or what an interrupted restore left there."""
    _check_key(home, key)
    if home.is_dir() and (others := {path.name for path in home.iterdir()} - _OF_A_HOME):
        raise InvalidInput(f"{home / min(others)} is not ours: restore into an empty home")
    files = home / "files"
    if not (home / "postgres").exists() and files.is_dir() and any(files.iterdir()):
        raise InvalidInput(f"{files} has files in it: restore into an empty home")


def _check_key(home: Path, key: str) -> None:
    """None, or what `_keep_key` wrote, as far as it came."""
    found = home / "secret.key"
    if found.exists() and found.read_text().strip() not in ("", key):
        raise InvalidInput(f"{found} is another key: restore into an empty home")


def _keep_key(home: Path, key: str) -> None:
    """Before the end is marked: a copy that is whole has its key."""
    make_home(home)
    path = home / "secret.key"
    path.touch(0o600)
    path.write_text(key)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[str, Settings]]:
    """The owner's url, and the settings of processes that work there."""
    if settings.database_url is not None:
        yield settings.migrate_url or settings.database_url, settings
        return
    prepare_home(settings.home)
    async with attached(settings.home) as url:
        yield url, settings_of(settings, child_environment(settings, url))


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """A second restore would take what this one is doing for what an interrupted one left."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=10) as connection:
        # The server may need a moment to notice that one which was interrupted is gone.
        until = time.monotonic() + _NOTICED_SECONDS
        while await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))).fetchone() != (True,):
            if time.monotonic() > until:
                raise StartupError("another restore into this database is under way: let it end")
            await asyncio.sleep(0.1)
        yield


def _begin(url: str) -> None:
    """Takes an empty database, or what an interrupted restore left, and marks it as not finished."""
    with _connected(url) as connection:
        found = connection.execute(
            "SELECT to_regclass('public.alembic_version') IS NOT NULL, to_regclass(%s) IS NOT NULL",
            (f"public.{UNFINISHED}",),
        ).fetchone()
        has_tables, is_unfinished = found or (False, False)
        if is_unfinished:
            _emptied(connection)
        elif has_tables:
            raise InvalidInput(_what_is_there(connection))
        elif others := connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchone():
            raise InvalidInput(f"the database has tables that are not ours ({others[0]}): choose an empty one")
        ensure_app_role(connection)
        connection.execute(sql.SQL("CREATE TABLE {} (begun_at timestamptz DEFAULT now())").format(_marker()))


def _what_is_there(connection: psycopg.Connection) -> str:
    stands_by = connection.execute("SELECT to_regclass('public.standby') IS NOT NULL").fetchone() == (True,)
    if stands_by and (row := connection.execute("SELECT reason FROM standby").fetchone()):
        return f"a finished restore is here already, and stands by ({row[0]}); another needs an empty home or database"
    names = connection.execute("SELECT name FROM workspace WHERE id <> %s ORDER BY id", (SYSTEM,)).fetchall()
    has = f"{len(names)} workspace{'s' * (len(names) > 1)} ({names[0][0]})" if names else "our tables"
    return f"the database is not empty: it has {has}; a restore overwrites nothing, so choose an empty home or database"


def _emptied(connection: psycopg.Connection) -> None:
    try:
        with connection.transaction():
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("DROP SCHEMA IF EXISTS composio CASCADE")  # its one view
            connection.execute("CREATE SCHEMA public")
    except psycopg.errors.InsufficientPrivilege as error:
        raise StartupError(
            "an interrupted restore left tables that this user may not remove: empty the database, then run it again"
        ) from error


def _end(url: str) -> None:
    with _connected(url) as connection:
        connection.execute("ANALYZE")
        connection.execute(sql.SQL("DROP TABLE {}").format(_marker()))


def _marker() -> sql.Identifier:
    return sql.Identifier("public", UNFINISHED)


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url, autocommit=True, connect_timeout=10)


async def _put_files(reader: BackupReader, files: Files) -> None:
    for key, content in reader.files():
        await files.put_stream(key, content)


async def _put_rows(reader: BackupReader, url: str) -> None:
    """Through psql, in one transaction: what our pg_restore says first, servers before PostgreSQL 17 do not know."""
    options = ("--no-owner", "--no-tablespaces", "--file=-")
    source = await asyncio.create_subprocess_exec(tool("pg_restore"), *options, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    target = await asyncio.create_subprocess_exec(
        *(tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        f"--dbname={without_password(url)}",
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=PIPE,
        env=password_environment(url),
    )
    assert source.stdout is not None
    rows = asyncio.create_task(feed(target, _understood(source.stdout)))
    rows.add_done_callback(
        lambda _: target.returncode and _end_process(source)
    )  # nobody reads it: it would wait for ever
    try:
        read = await feed(source, chunks(reader.open(DUMP)))
        written = await rows
    finally:
        rows.cancel()
    if target.returncode:
        raise StartupError(f"the database could not be restored: {written}")
    if source.returncode:
        raise StartupError(f"the database could not be restored: {read}")


def _end_process(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


def _forget_workers(url: str) -> None:
    """They work at the original. Jobs name who has them, so a backup has them all; what they had is anybody's here."""
    with _connected(url) as connection:
        connection.execute("DELETE FROM procrastinate_workers")


async def _understood(statements: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while (line := await statements.readline()).strip() != b"SET transaction_timeout = 0;" and line:
        yield line
        if line.startswith(b"CREATE"):
            break
    while chunk := await statements.read(CHUNK):
        yield chunk


async def _made_safe(settings: Settings, manifest: Manifest, owner: str, wishes: Wishes) -> Restored:
    """Nobody works on this copy yet: what the original may have done meanwhile is not done again."""
    restored = Restored(manifest)
    made_at = datetime.fromisoformat(manifest.made_at)
    async with services_of(settings, "dynaris-restore") as services:
        for workspace_id in await _workspaces(owner):
            if not wishes.resend:
                restored.doubtful[workspace_id] = await doubt_what_was_under_way(
                    services, workspace_id, made_at=made_at
                )
        restored.erased = await _erased_again(services, wishes.erasures)
        if wishes.activate:
            await _doubt_mail(services, datetime.now(made_at.tzinfo))
    if not wishes.activate:
        with _connected(owner) as connection:
            put_on_standby(connection, f"restored from a backup of {manifest.made_at}; `dynaris activate` starts it")
    return restored


async def _workspaces(owner: str) -> list[UUID]:
    """All of them, the product's own, too, which nobody enters."""
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        return [row[0] for row in await (await connection.execute("SELECT id FROM workspace ORDER BY id")).fetchall()]


async def _doubt_mail(services: Services, moment: datetime) -> None:
    for workspace_id in await workspace_ids(services.db):
        async with services.db.workspace(workspace_id) as connection:
            await doubt_mail_before(connection, workspace_id, moment)


async def activate(services: Services, *, since: datetime) -> bool:
    """The copy begins to work. Mail that came before `since` waits for a teammate. False: it works already."""
    if await standby_reason(services.db) is None:
        return False
    await _doubt_mail(services, since)
    async with services.db.system() as connection:
        return await (await connection.execute("SELECT end_standby()")).fetchone() is not None


async def _erased_again(services: Services, since: list[ErasureRecord]) -> int:
    """People who were erased stay erased, also where the backup is older than that, or of the midst of it."""
    return await reapply_erasures(services, [*await erasures_since(services), *since])
