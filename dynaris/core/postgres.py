"""The embedded PostgreSQL: binaries from a wheel, data in the home, kept running by our own supervisor.

A live pid proves nothing, only a connection does. Two supervisors never share a home (flock). The
server never outlives its supervisor: the kernel tells it (see `process.spawn`), and so does a guard,
a shell that waits for the end of its input. Connections are trusted because the socket's folder,
like the data themselves, is open to one user only; nothing listens on the network.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from dynaris.core.errors import StartupError
from dynaris.core.postgres_home import DATABASE, SOCKET, PostgresHome
from dynaris.core.process import RunAs, end, run_as_ourselves, spawn

log = structlog.get_logger()

_START_SECONDS = 300.0  # recovery after a crash takes its time; given up too early, it would begin anew
_ATTACH_SECONDS = 30.0
_SILENT_LOOKS = 6  # a server that answers none of so many is killed and started again
_LOG_BYTES = 5_000_000
_FAST_SHUTDOWN = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_GUARD = 'read -r _; kill -INT "$1"'
_TLS_REQUEST = bytes.fromhex("0000000804d2162f")
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "maintenance_work_mem": "32MB",
    "huge_pages": "off",
    "jit": "off",
    "io_method": "sync",  # the alternative is three more processes
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "wal_level": "minimal",  # nobody replicates from here; backups are dumps
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "512MB",
    "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # details and statements hold people's data
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """`start`, then `watch` for as long as it must run, then `stop`."""

    def __init__(self, home: Path) -> None:
        self.home = PostgresHome(home)
        self._launching = asyncio.Lock()
        self._server: Process | None = None
        self._guard: Process | None = None
        self._run_as: RunAs
        self._binaries: Path

    @property
    def url(self) -> str:
        """For the tables' owner; valid once the server has been started, here or by another process."""
        return self.home.url

    async def start(self) -> str:
        """The url of a server that answers. `StartupError` says why there is none."""
        if not self.home.claim():
            raise StartupError(f"home {self.home.path} is in use by another dynaris")
        try:
            self._run_as = await self.home.choose_user()
            self._binaries = await self.home.find_binaries(self._run_as)
            await self._end_leftover()
            await self.home.prepare_data(self._run_as, self._binaries)
            self.home.prepare_sockets(self._run_as)
            await self._launch()
            await self._ensure_database()
        except OSError as error:
            await self.stop()
            raise self.home.unusable(error) from error
        except BaseException:
            await self.stop()
            raise
        return self.url

    async def watch(self) -> None:
        """Until cancelled: starts the server again when it has ended or has long been silent."""
        silent = 0
        while True:
            if await self._ended_within(1.0):
                log.warning("postgres.ended", reason=self.home.last_words())
                await self._restart()
                silent = 0
                continue
            silent = 0 if await self._answers() else silent + 1
            if silent >= _SILENT_LOOKS and self._server is not None:
                self._server.kill()
            if self._guard is not None and self._guard.returncode is not None:
                await self._post_guard()

    async def stop(self) -> None:
        """Fast shutdown; afterwards nothing of it runs and the home is free."""
        async with self._launching:
            if (server := self._server) is not None and server.returncode is None:
                await end(server.pid, lambda: server.returncode is None, *_FAST_SHUTDOWN)
            await self._dismiss_guard()
            self._server = None
        self.home.release()

    async def is_ready(self, database: str = DATABASE) -> bool:
        """Whether a connection is served."""
        if not (self.home.sockets / SOCKET).exists():
            return False
        with suppress(psycopg.OperationalError):
            await (await self._connect(database)).close()
            return True
        return False

    async def _connect(self, database: str) -> psycopg.AsyncConnection:
        url = make_conninfo(self.url, dbname=database, connect_timeout=5)
        return await psycopg.AsyncConnection.connect(url, autocommit=True)

    async def _ensure_database(self) -> None:
        async with await self._connect("postgres") as connection:
            found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if await found.fetchone() is None:
                await connection.execute(f"CREATE DATABASE {DATABASE}")

    async def _launch(self) -> None:
        """Children of a killed server keep its memory in use, for as long as a query takes: a start refused for that
        is repeated once they are gone.
        """
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while True:
            async with self._launching:
                await self._dismiss_guard()
                await self._spawn()
            reason = await self._failure(deadline)
            if reason is None:
                return
            passing = "shared memory block" in reason or "lock file" in reason
            if not passing or asyncio.get_running_loop().time() > deadline:
                raise StartupError(f"PostgreSQL does not start in {self.home.data}: {reason}")
            self.home.kill_orphans()
            await asyncio.sleep(0.1)

    async def _spawn(self) -> None:
        path = self.home.log
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        quoted = str(self.home.sockets).replace('"', '""')
        options = _OPTIONS | {"unix_socket_directories": f'"{quoted}"', "cluster_name": self.home.cluster}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with path.open("ab") as output:
            os.fchmod(output.fileno(), 0o600)
            self.home.leave_to_owner(path)
            command = (self._binaries / "postgres", "-D", self.home.data, "-p", "5432", *arguments)
            self._server = await spawn(self._run_as, *command, stdout=output)
        await self._post_guard()

    async def _failure(self, deadline: float) -> str | None:
        """None once connections are served, else why they never will be."""
        while self._server is not None and self._server.returncode is None:
            if await self.is_ready("postgres"):
                return None
            if asyncio.get_running_loop().time() > deadline:
                return f"it did not answer within {_START_SECONDS:.0f} s"
            await asyncio.sleep(0.02)
        return self.home.last_words()

    async def _restart(self) -> None:
        try:
            await self._end_leftover()
            if not self.home.sockets.is_dir():
                self.home.prepare_sockets(self._run_as)
            await self._launch()
        except (StartupError, OSError) as error:
            log.error("postgres.not_restarted", error=error)
            await asyncio.sleep(1)

    async def _end_leftover(self) -> None:
        if (pid := self.home.leftover()) is not None:
            await end(pid, lambda: self.home.is_served_by(pid), *_FAST_SHUTDOWN)

    async def _post_guard(self) -> None:
        if self._server is not None:
            command = ("/bin/sh", "-c", _GUARD, "dynaris-postgres-guard", str(self._server.pid))
            self._guard = await spawn(run_as_ourselves(), *command, stdin=PIPE, dies_with_us=False)

    async def _dismiss_guard(self) -> None:
        """Killed, not released: by now the pid it would signal may be another's."""
        if self._guard is not None:
            with suppress(ProcessLookupError):
                self._guard.kill()
            await self._guard.wait()
            self._guard = None

    async def _ended_within(self, seconds: float) -> bool:
        if self._server is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait(), seconds)
        return self._server is None or self._server.returncode is not None

    async def _answers(self) -> bool:
        """Cheaper than a session: only its first question ("do you speak TLS?"), which has an answer at any time."""
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_unix_connection(self.home.sockets / SOCKET)
                writer.write(_TLS_REQUEST)
                answer = await reader.read(1)
                writer.close()
        except OSError:  # a timeout, too
            return False
        return answer != b""


@asynccontextmanager
async def attached(home: Path) -> AsyncIterator[str]:
    """The url of the home's server: the one that runs, else one started here and stopped afterwards."""
    server = EmbeddedPostgres(home)
    deadline = asyncio.get_running_loop().time() + _ATTACH_SECONDS
    while not server.home.claim():
        if await server.is_ready():
            yield server.url
            return
        if asyncio.get_running_loop().time() > deadline:
            raise StartupError(f"home {home} is in use by another dynaris whose database does not answer")
        await asyncio.sleep(0.02)
    try:
        yield await server.start()
    finally:
        await server.stop()
