"""The pool when the database goes away: what was connected before never reaches a caller afterwards."""

import asyncio
import os
import signal
import timeit
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from dynaris.core import db as core_db
from dynaris.core.db import Database
from dynaris.core.errors import Unavailable
from dynaris.core.ids import new_id
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.migrations.run import ensure_current

CONNECTIONS = 6
WORKSPACE = new_id()


async def answers(db: Database, workspace_id: UUID = WORKSPACE) -> int:
    async with db.workspace(workspace_id) as connection:
        row = await (await connection.execute("SELECT 42 AS answer")).fetchone()
    assert row is not None
    return row["answer"]


async def no_answer(db: Database) -> None:
    """Asks on; who asks while the server dies may be told so."""
    while True:
        with suppress(Unavailable, psycopg.OperationalError):
            await answers(db)


async def fill(db: Database) -> None:
    """As many idle connections as the pool may have, all in the same scope."""
    entered = asyncio.Barrier(CONNECTIONS)

    async def hold() -> None:
        async with db.workspace(WORKSPACE):
            await entered.wait()

    await asyncio.gather(*(hold() for _ in range(CONNECTIONS)))


async def end_all(url: str, application: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = %s", (application,)
        )
        assert len(await cursor.fetchall()) == CONNECTIONS


@pytest.fixture
async def full(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, size=CONNECTIONS, application="dynaris-full")
    await db.open()
    await fill(db)
    yield db
    await db.close()


@pytest.mark.parametrize("workspace_id", [WORKSPACE, new_id()], ids=["in the same scope", "in another scope"])
async def test_no_caller_gets_a_connection_that_the_server_has_ended(
    full: Database, database_url: str, workspace_id: UUID
) -> None:
    await end_all(database_url, "dynaris-full")
    async with asyncio.timeout(1):
        assert [await answers(full, workspace_id) for _ in range(2 * CONNECTIONS)] == [42] * 2 * CONNECTIONS


async def test_a_connection_that_ends_before_its_first_statement_is_replaced(
    full: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_db, "is_ended", lambda _: False)
    await end_all(database_url, "dynaris-full")
    async with asyncio.timeout(1):
        assert await answers(full, new_id()) == 42


async def test_looking_at_a_connection_costs_no_round_trip(full: Database) -> None:
    async with full.workspace(WORKSPACE) as connection:
        seconds = min(timeit.repeat(lambda: core_db.is_ended(connection), number=1_000, repeat=5)) / 1_000
    assert seconds < 10e-6


async def test_the_first_question_after_an_outage_is_answered(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    url = await server.start()
    await ensure_current(url)
    db = Database(url, size=CONNECTIONS)
    await db.open()
    try:
        await fill(db)
        assert server._server is not None
        os.kill(server._server.pid, signal.SIGKILL)
        await server._server.wait()
        # The tries to reconnect must not have grown rare by the time it is back.
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await no_answer(db)
        await server._restart()
        async with asyncio.timeout(2.5):
            assert await asyncio.gather(*(answers(db) for _ in range(2 * CONNECTIONS))) == [42] * 2 * CONNECTIONS
    finally:
        await db.close()
        await server.stop()


def test_what_the_url_says_about_a_silent_network_stands() -> None:
    conninfo = core_db.app_conninfo("postgresql://u@h/d?tcp_user_timeout=5000", "dynaris")
    assert "tcp_user_timeout=5000" in conninfo
    assert "keepalives_idle=30" in conninfo
