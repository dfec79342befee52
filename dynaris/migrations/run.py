"""Brings a database to this release's schema, or says why it cannot be used."""

import asyncio
from pathlib import Path

import psycopg

from dynaris.core.db import APP_ROLE, shown
from dynaris.core.errors import StartupError

VERSIONS = Path(__file__).parent / "versions"
UNFINISHED = "restore_unfinished"  # a table that is there while a restore is under way, or was interrupted
_LOCK = 7_313_001  # advisory lock: one migration at a time, whoever starts it
_ASKED = """SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass(%s) IS NOT NULL,
    to_regprocedure('schema_revision()') IS NOT NULL"""


def revisions() -> list[str]:
    """Known revisions, oldest first: the history is linear and files are named `0001_what.py`."""
    return sorted(path.name.split("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


async def current_revision(url: str) -> str | None:
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as connection:
            found = await connection.execute(_ASKED, (UNFINISHED,))
            has_tables, is_unfinished, tells = await found.fetchone() or (False, False, False)
            if is_unfinished:
                raise StartupError("a restore into this database has not ended: run `dynaris restore` again")
            if not has_tables:
                return None
            # The function answers also who does not own the tables.
            question = "SELECT schema_revision()" if tells else "SELECT version_num FROM alembic_version"
            row = await (await connection.execute(question)).fetchone()
            return row[0] if row else None
    except psycopg.errors.InsufficientPrivilege as error:
        raise StartupError(
            f"the user of {shown(url)} may not work as {APP_ROLE}: as the owner of the tables, GRANT {APP_ROLE} TO that user"
        ) from error
    except psycopg.ProgrammingError as error:
        raise StartupError(f"DATABASE_URL is like postgresql://user:password@host/name: {error}") from error
    except psycopg.OperationalError as error:
        raise StartupError(f"the database at {shown(url)} cannot be reached: {str(error).strip()}") from error


async def ensure_current(url: str, *, migrate: bool = True) -> None:
    """`url` is the tables' owner. Without `migrate`, an older schema is an error too."""
    known = revisions()
    current = await current_revision(url)
    if current == known[-1]:
        return
    if current is not None and current not in known:
        raise StartupError(
            f"the database's schema ({current}) is newer than this release ({known[-1]}): install the newer release"
        )
    if not migrate:
        raise StartupError(
            f"the database's schema ({current or 'none'}) is older than this release ({known[-1]}): "
            "run `dynaris migrate` as the tables' owner (DYNARIS_MIGRATE_URL)"
        )
    await asyncio.to_thread(upgrade, url)


def upgrade(url: str, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        ensure_app_role(connection)
        try:
            command.upgrade(config, revision)
        except (DBAPIError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            if not isinstance(cause, psycopg.errors.InsufficientPrivilege):
                raise
            raise StartupError(
                f"this user may not change the tables ({str(cause).splitlines()[0]}): run `dynaris migrate` with "
                "DYNARIS_MIGRATE_URL, as their owner"
            ) from error


def ensure_app_role(connection: psycopg.Connection) -> None:
    """The role that the application works as: it owns nothing."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,)).fetchone():
        return
    try:
        connection.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
        connection.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    except psycopg.errors.InsufficientPrivilege as error:
        raise StartupError(
            f"the database has no role {APP_ROLE} and this user may not create it: as an administrator, run "
            f"CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO <user of DATABASE_URL>;"
        ) from error
