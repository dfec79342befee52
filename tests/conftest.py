"""A real PostgreSQL, migrated once; every test works in a workspace of its own, so none sees another's rows."""

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.migrations.run import ensure_current
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.databases import new_database

gc.disable()  # what is imported and collected stays: looking through it is a tenth of a process's start
SHARED = Path(__file__).parents[1].parent / "shared"


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """An empty server of our own, or the one that DYNARIS_TEST_DATABASE_URL names."""
    if given := os.environ.get("DYNARIS_TEST_DATABASE_URL"):
        yield given
        return
    from dynaris.core.postgres import attached

    async with attached(tmp_path_factory.mktemp("postgres")) as url:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("ALTER SYSTEM SET fsync = off")  # tests end processes, not the machine
            await connection.execute("SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
async def migrated(server_url: str) -> AsyncIterator[str]:
    """The name of a database with our tables and nothing in them, to be copied."""
    async with new_database(server_url) as url:
        await ensure_current(url)
        yield conninfo_to_dict(url)["dbname"]  # type: ignore[misc]


@pytest.fixture(scope="session")
async def database_url(server_url: str, migrated: str) -> AsyncIterator[str]:
    """The tables' owner, on a database of this test process alone."""
    async with new_database(server_url, like=migrated) as url:
        yield url


@pytest.fixture(scope="session")
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, application="dynaris-tests")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def workspace(db: Database) -> NewWorkspace:
    slug = f"w-{new_id().hex}"
    return await create_workspace(
        db, slug=slug, name="Test clinic", owner_email=f"owner@{slug}.example", owner_name="Olivia Owner"
    )
