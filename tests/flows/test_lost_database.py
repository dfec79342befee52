"""Workers as real processes, and a database that is killed under them: none of them ends, and nothing waits."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from dynaris.core.db import Database
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.migrations.run import ensure_current
from tests.flows.conftest import KEY, Sink, World

_OUTAGE_SECONDS = 4.0  # longer than any loop of a worker leaves the database alone


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """Of our own: other tests need theirs."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("killed"))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="module")
async def db(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    await ensure_current(server.url)
    database = Database(server.url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def workers(world: World, server: EmbeddedPostgres, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = os.environ | {
        "DATABASE_URL": server.url,
        "DYNARIS_SECRET_KEY": KEY,
        "DYNARIS_HOME": str(tmp_path),
        "DYNARIS_QUIET_PERIOD": "0",
        "DYNARIS_PRIVATE_NETWORKS": "loopback",
    }
    command = [sys.executable, "-m", "dynaris", "worker"]
    started = [
        subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for log in ((tmp_path / f"worker-{number}.log").open("wb") for number in range(2))
    ]
    yield started
    for process in started:
        process.terminate()
    for process in started:
        process.wait(15)


async def working(url: str, count: int) -> None:
    """Until so many workers listen for lanes and have a pool."""
    question = """SELECT count(*) FILTER (WHERE application_name = 'dynaris-lanes') >= 2 * %(n)s
                     AND count(*) FILTER (WHERE application_name = 'dynaris-worker') >= %(n)s FROM pg_stat_activity"""
    async with asyncio.timeout(30), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(question, {"n": count})).fetchone()
            if row == (True,):
                return
            await asyncio.sleep(0.1)


async def answered(sink: Sink, count: int) -> None:
    deadline = asyncio.get_running_loop().time() + 15
    while len(sink.got) < count:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)


def logged(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("worker-*.log"))


async def test_workers_outlive_the_database_and_answer_what_comes_after(
    world: World, sink: Sink, server: EmbeddedPostgres, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    await working(server.url, 2)
    assert server._server is not None
    os.kill(server._server.pid, signal.SIGKILL)
    await server._server.wait()
    await asyncio.sleep(_OUTAGE_SECONDS)
    await server._restart()
    await world.say("Is there parking?", reply_url=sink.url)
    await answered(sink, 1)

    await working(server.url, 2)
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'dynaris%'"
        )
    await world.say("What are your opening hours?", reply_url=sink.url)
    await answered(sink, 2)

    assert [process.poll() for process in workers] == [None, None], logged(tmp_path)
    assert "Traceback" not in logged(tmp_path)
