"""The product as its users start it: `dynaris up` on an empty home, fed through its public interfaces."""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import DictRow, dict_row

from benchmarks import measure
from benchmarks.system import PYTHON, free_port, line_of, run_command, start_process, stop_process
from benchmarks.workload import Source
from dynaris.core.postgres import attached

_AUTO = {"enabled": True, "channels": {}, "effects": {}}
_START_SECONDS = 90

# Work is left where a lane has an event, or the outbox a row that is still to be sent.
_UNSETTLED = """
SELECT (SELECT count(*) FROM event WHERE status = 'queued')
     + (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')) AS left"""
_OUTCOMES = """
SELECT coalesce(outcome, 'waiting for ' || waiting_for, status) AS outcome, count(*) AS events
FROM event WHERE workspace_id = %(workspace)s AND channel = 'generic' AND account_id = ANY(%(accounts)s)
  AND external_id LIKE %(run)s GROUP BY 1"""


class Product:
    """The product while it runs. The database is read as its owner, past row-level security."""

    name = "product"

    def __init__(self, home: Path, port: int, smtp_port: int, up: asyncio.subprocess.Process) -> None:
        self.home, self.smtp_port = home, smtp_port
        self.address = f"http://127.0.0.1:{port}"
        self.url = f"{self.address}/api/process-events"
        self.workspace_id = UUID(int=0)
        self.account_ids: list[UUID] = []
        self.api_key = ""
        self._up = up
        self.dsn = ""
        self._postmaster = 0
        self._connection: AsyncConnection[DictRow] | None = None
        self._mapped: list[Source] = []
        self._supervised: list[Source] = []

    def sources(self, *, supervised: bool = False) -> list[Source]:
        return self._supervised if supervised else self._mapped

    def roots(self) -> list[int]:
        return [self._up.pid, self._postmaster]

    def processes(self, role: str) -> list[int]:
        """Those of `up`'s children whose command names the role: web, worker."""
        below = measure.process_tree([self._up.pid]) - {self._up.pid}
        return sorted(pid for pid in below if role in measure.command_line(pid))

    async def postmaster(self) -> int:
        """The one that serves now: another one after a crash."""
        row = await self.row("SELECT pg_backend_pid() AS pid")
        parent = measure.parent_of(row["pid"])
        assert parent is not None
        self._postmaster = parent
        return parent

    async def unsettled(self) -> int:
        return (await self.row(_UNSETTLED))["left"]

    async def outcomes(self, run: str) -> Counter[str]:
        found = await self.rows(
            _OUTCOMES, {"workspace": self.workspace_id, "accounts": self.account_ids, "run": f"{run}-%"}
        )
        return Counter({row["outcome"]: row["events"] for row in found})

    async def row(self, query: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        return (await self.rows(query, values))[0]

    async def rows(self, query: str, values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        cursor = await self.execute(query, values)
        return await cursor.fetchall()

    async def execute(self, query: str, values: dict[str, Any] | None = None) -> AsyncCursor[DictRow]:
        """On one connection that is made anew when the server came back as another process."""
        connection = self._connection
        if connection is None or connection.closed:
            connection = await AsyncConnection[DictRow].connect(self.dsn, autocommit=True, row_factory=dict_row)
            self._connection = connection
        return await connection.execute(query.encode(), values)

    async def prepare(self, dsn: str) -> None:
        """Its sources, and Auto mode, so that nothing waits for a person."""
        self.dsn = dsn
        await self.postmaster()
        self.workspace_id = (await self.row("SELECT id FROM workspace WHERE slug = 'demo'"))["id"]
        self._mapped = [await self._source(f"shop-{number}", "--agent", "chat") for number in range(4)]
        self._supervised = [await self._source(f"desk-{number}") for number in range(4)]
        accounts = await self.rows("SELECT id FROM account WHERE channel = 'generic'")
        self.account_ids = [account["id"] for account in accounts]
        await self._switch_auto_mode_on()

    async def _source(self, name: str, *options: str) -> Source:
        added = await self.command("source", "add", "--workspace", "demo", "--name", name, *options)
        return Source(name, added.strip())

    async def _switch_auto_mode_on(self) -> None:
        self.api_key = (await self.command("api-key", "create", "--workspace", "demo", "--name", "bench")).strip()
        headers = {"Authorization": f"Bearer {self.api_key}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.put(f"{self.address}/api/settings/auto-mode", json=_AUTO) as response,
        ):
            response.raise_for_status()

    async def command(self, *words: str) -> str:
        return await run_command(*PYTHON, "dynaris", *words, environment={"DYNARIS_HOME": str(self.home)})

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


@asynccontextmanager
async def running_product(*, quiet_period: float = 0.0) -> AsyncIterator[Product]:
    with tempfile.TemporaryDirectory(prefix="dynaris-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # as root, PostgreSQL runs as a user who must pass here
        async with _up(Path(folder), quiet_period) as product, attached(product.home) as dsn:
            try:
                await product.prepare(dsn)
                yield product
            finally:
                await product.close()


@asynccontextmanager
async def _up(folder: Path, quiet_period: float) -> AsyncIterator[Product]:
    home, log, port = folder / "home", folder / "log", free_port()
    smtp_port = free_port()
    ports = ("--port", str(port), "--smtp-port", str(smtp_port), "--imap-port", str(free_port()))
    environment = {"DYNARIS_QUIET_PERIOD": str(quiet_period), "DYNARIS_LOG_LEVEL": "WARNING"}
    command = (*PYTHON, "dynaris", "up", "--home", str(home), *ports)
    up = await start_process(*command, environment=environment, log=log)
    try:
        try:
            await line_of(up, "ready ", seconds=_START_SECONDS)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{_last_lines(log)}") from error
        draining = asyncio.create_task(_drain(up))
        yield Product(home, port, smtp_port, up)
        draining.cancel()
    finally:
        await stop_process(up)


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Its output goes nowhere, but must never fill the pipe."""
    assert process.stdout is not None
    while await process.stdout.read(65_536):
        pass


def _last_lines(log: Path) -> str:
    lines: Sequence[str] = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-15:])
