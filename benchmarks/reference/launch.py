"""Starts the reference on a PostgreSQL of its own, of the same build and settings as the product's."""

import asyncio
import secrets
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import psycopg
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo

from benchmarks.measure import parent_of
from benchmarks.reference.schema import TABLES
from benchmarks.system import PYTHON, free_port, line_of, start_process, stop_process
from benchmarks.workload import Source
from dynaris.core.postgres import attached


class Reference:
    """The reference while it runs."""

    name = "reference"

    def __init__(self, dsn: str, port: int, sources: list[Source], connection: psycopg.AsyncConnection) -> None:
        self.dsn = dsn
        self.url = f"http://127.0.0.1:{port}/events"
        self._sources = sources
        self._connection = connection
        self._processes: list[int] = []

    def sources(self, *, supervised: bool = False) -> list[Source]:
        assert not supervised
        return self._sources

    def roots(self) -> list[int]:
        return [*self._processes, self.postmaster()]

    def postmaster(self) -> int:
        parent = parent_of(self._connection.info.backend_pid)
        assert parent is not None
        return parent

    async def unsettled(self) -> int:
        found = await self._connection.execute("SELECT count(*) FROM event WHERE settled_at IS NULL")
        row = await found.fetchone()
        return row[0] if row else 0

    async def outcomes(self, run: str) -> Counter[str]:
        found = await self._connection.execute(
            "SELECT outcome, count(*) FROM event JOIN outcome ON event_id = id WHERE external_id LIKE %s GROUP BY 1",
            (f"{run}-%",),
        )
        return Counter(dict(await found.fetchall()))

    @asynccontextmanager
    async def processes(self) -> AsyncIterator[None]:
        given = orjson.dumps({source.name: source.secret for source in self._sources}).decode()
        port = self.url.rpartition(":")[2].partition("/")[0]
        web = await start_process(*PYTHON, "benchmarks.reference.web", self.dsn, port, given)
        worker = await start_process(*PYTHON, "benchmarks.reference.worker", self.dsn, given)
        self._processes = [web.pid, worker.pid]
        try:
            await line_of(worker, "ready")
            await _listening(int(port))
            yield
        finally:
            await asyncio.gather(stop_process(web), stop_process(worker))


async def _listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@asynccontextmanager
async def running_reference() -> AsyncIterator[Reference]:
    sources = [Source(f"shop-{number}", secrets.token_urlsafe(32)) for number in range(4)]
    with tempfile.TemporaryDirectory(prefix="dynaris-reference-", ignore_cleanup_errors=True) as home:
        async with attached(Path(home)) as server:
            dsn = await _database(server)
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                reference = Reference(dsn, free_port(), sources, connection)
                async with reference.processes():
                    yield reference


async def _database(server: str) -> str:
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute("CREATE DATABASE reference")
    dsn = make_conninfo(server, dbname="reference")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(SchemaManager.get_schema().encode())
        await connection.execute(TABLES.encode())
    return dsn
