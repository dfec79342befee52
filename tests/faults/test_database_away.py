"""Web and workers as real processes, and a database that nobody can reach for a while."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from dynaris.app.ports import free_port
from dynaris.core.callbacks import sign
from dynaris.core.db import Database
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.migrations.run import ensure_current
from tests.databases import ask
from tests.flows.conftest import KEY, Sink, World


@pytest.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """Of each test's own: others need theirs, and a source's signature must name one workspace."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("away"))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def db(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    await ensure_current(server.url)
    database = Database(server.url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def web(world: World, server: EmbeddedPostgres, tmp_path: Path) -> Iterator[str]:
    """The address of a web process with two workers beside it, over this database."""
    port = free_port("127.0.0.1")
    environment = os.environ | {
        "DATABASE_URL": server.url,
        "DYNARIS_SECRET_KEY": KEY,
        "DYNARIS_HOME": str(tmp_path),
        "DYNARIS_PORT": str(port),
        "DYNARIS_QUIET_PERIOD": "0",
        "DYNARIS_PRIVATE_NETWORKS": "loopback",
    }
    log = (tmp_path / "processes.log").open("wb")
    started = [
        subprocess.Popen([sys.executable, "-m", "dynaris", name], env=environment, stdout=log, stderr=log)
        for name in ("web", "worker", "worker")
    ]
    yield f"http://127.0.0.1:{port}"
    ended = [process.poll() for process in started]
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)
    assert ended == [None, None, None], (tmp_path / "processes.log").read_text()


async def ready(client: httpx.AsyncClient, status: int, *, within: float = 60) -> dict[str, str]:
    """Until readyz says so: its checks."""
    async with asyncio.timeout(within):
        while True:
            try:
                answer = await client.get("/readyz")
                if answer.status_code == status:
                    return answer.json()["checks"]
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


def event(number: int, sink: Sink) -> dict[str, object]:
    return {
        "id": f"event-{number}",
        "type": "message",
        "occurred_at": "2026-11-21T09:00:00Z",
        "from": {"email": f"ada{number}@example.com", "name": "Ada"},
        "text": "Is there parking?",
        "reply_url": sink.url,
    }


async def send(client: httpx.AsyncClient, number: int, sink: Sink) -> int:
    import time

    import orjson

    body = orjson.dumps(event(number, sink))
    headers = {
        "x-dynaris-source": "site",
        "x-dynaris-signature": sign(body, "s3cret", now=time.time()),
        "content-type": "application/json",
    }
    try:
        return (await client.post("/api/process-events", content=body, headers=headers)).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.parametrize(
    ("seconds", "how"),
    [
        pytest.param(3, signal.SIGKILL, id="killed for 3 s"),
        pytest.param(30, signal.SIGKILL, id="killed for 30 s", marks=pytest.mark.hostile),
        pytest.param(30, signal.SIGSTOP, id="silent for 30 s", marks=pytest.mark.hostile),
    ],
)
async def test_no_event_is_lost_and_all_is_well_again_without_a_restart(
    world: World, sink: Sink, server: EmbeddedPostgres, web: str, seconds: float, how: signal.Signals
) -> None:
    accepted: set[int] = set()
    statuses: set[int] = set()
    async with httpx.AsyncClient(base_url=web, timeout=15) as client:
        await ready(client, 200)
        tried = 0
        for _ in range(5):
            tried += 1
            assert await send(client, tried, sink) == 202
            accepted.add(tried)
        await away(server, how)
        ends = asyncio.get_running_loop().time() + seconds
        checks = await ready(client, 503, within=20)
        assert "does not answer" in checks["database"]
        while asyncio.get_running_loop().time() < ends:
            tried += 1
            statuses.add(status := await send(client, tried, sink))
            if status == 202:
                accepted.add(tried)
            await asyncio.sleep(0.2)
        await back(server, how)
        await ready(client, 200)
        for number in range(1, tried + 1):  # as a sender does that was told to try again
            assert await send(client, number, sink) == 202
        await answered(server.url, world.workspace.id, tried)
    assert statuses <= {503, 202}

    # A reply whose receipt was lost with the database may come twice here: under the same key, so it counts once.
    assert len({each["key"] for each in sink.got}) == tried


async def away(server: EmbeddedPostgres, how: signal.Signals) -> None:
    assert server._server is not None
    os.kill(server._server.pid, how)
    if how == signal.SIGKILL:
        await server._server.wait()
        server.home.kill_orphans()
    else:
        for child in children(server._server.pid):
            os.kill(child, how)


async def back(server: EmbeddedPostgres, how: signal.Signals) -> None:
    if how == signal.SIGKILL:
        await server._restart()
        return
    assert server._server is not None
    for pid in (server._server.pid, *children(server._server.pid)):
        os.kill(pid, signal.SIGCONT)


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def answered(url: str, workspace_id: UUID, count: int) -> None:
    query = f"SELECT count(*) FROM event WHERE workspace_id = '{workspace_id}' AND outcome = 'answered'"
    async with asyncio.timeout(40):
        while True:
            try:
                ((done,),) = await ask(url, query)
            except psycopg.OperationalError:
                done = 0
            if done == count:
                return
            await asyncio.sleep(0.1)
