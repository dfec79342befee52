"""The database as the code sees it: a pooled psycopg connection that is scoped to one workspace.

SQL is written by hand and sent through psycopg everywhere; SQLAlchemy only describes the tables for
migrations (docs/decisions/0001-plain-sql.md). Connections work as the role `dynaris_app`, which owns
nothing, so row-level security holds even where a query forgets its workspace.
"""

import select
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from dynaris.core.errors import NoDatabase, StartupError

APP_ROLE = "dynaris_app"

Connection = AsyncConnection[DictRow]

_WAIT_SECONDS = 10.0  # for a connection
_FRESH_SECONDS = 0.05  # a connection that was used so recently is not looked at: it is as good as in use
_RECONNECT_SECONDS = 1.0  # between tries to reach a database that is gone: never longer, however long it was gone
# A network that swallows everything is noticed within a minute. Only where the URL does not say otherwise.
_LIVENESS = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

# The server answers, and takes nothing more for now.
NO_WRITING = (psycopg.errors.DiskFull, psycopg.errors.IoError, psycopg.errors.ReadOnlySqlTransaction)
_AWAY = (
    NoDatabase,
    psycopg.errors.TooManyConnections,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
)

set_json_dumps(orjson.dumps)
set_json_loads(orjson.loads)


async def _try_again(pool: AsyncConnectionPool[Any]) -> None:
    """The pool has given up a connection. Left alone, it would not look again before somebody new asks."""
    state = pool.get_stats()
    if state.get("requests_waiting") or not state.get("pool_size"):
        await pool.check()


# Of a pool: left to itself it would pause longer after each try, and leave those who wait waiting.
UNTIRING: dict[str, Any] = {
    "timeout": _WAIT_SECONDS,
    "reconnect_timeout": _RECONNECT_SECONDS,
    "reconnect_failed": _try_again,
}


class Database:
    """One pool per process. `workspace()` is the normal way in; `system()` sees no tenant's rows."""

    def __init__(self, url: str, *, size: int = 12, application: str = "dynaris") -> None:
        self.url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            app_conninfo(url, application),
            min_size=1,
            max_size=size,
            open=False,
            max_idle=60,
            **UNTIRING,
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 0},
            configure=_configure,
        )

    async def open(self) -> None:
        try:
            await self._pool.open(wait=True, timeout=15)
        except PoolTimeout as error:
            await self._pool.close()
            raise StartupError(f"the database at {shown(self.url)} cannot be reached: {error}") from error

    async def close(self) -> None:
        await self._pool.close()

    def stats(self) -> dict[str, int]:
        """The pool's own figures, by the names of psycopg_pool."""
        return self._pool.get_stats()

    @asynccontextmanager
    async def workspace(self, workspace_id: UUID) -> AsyncIterator[Connection]:
        """An autocommitting connection that sees this workspace's rows only."""
        async with self._connection(str(workspace_id)) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self, workspace_id: UUID) -> AsyncIterator[Connection]:
        """One transaction in a workspace, committed at the end of the block."""
        async with self._connection(str(workspace_id)) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """A connection outside any workspace: only the listed SECURITY DEFINER functions answer here."""
        async with self._connection("") as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self, scope: str) -> AsyncIterator[Connection]:
        connection = await self._acquired(scope)
        try:
            yield connection
        finally:
            connection.dynaris_used = time.monotonic()  # type: ignore[attr-defined]
            await self._pool.putconn(connection)

    async def _acquired(self, scope: str) -> Connection:
        """Nothing of the caller's was sent yet: a connection that turns out dead is replaced, and nobody notices."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                connection = await self._pool.getconn(deadline - time.monotonic())
            except PoolTimeout as error:
                raise NoDatabase(f"no database connection within {_WAIT_SECONDS:.0f} s; try again") from error
            try:
                if is_ended(connection):
                    await connection.close()
                elif await _entered(connection, scope):
                    return connection
            except BaseException:
                await self._pool.putconn(connection)
                raise
            await self._pool.putconn(connection)  # closed: the pool makes another


def is_ended(connection: Connection) -> bool:
    """Whether the server has closed an idle connection, without asking it: only then is there something to read."""
    if connection.closed:
        return True
    if time.monotonic() - getattr(connection, "dynaris_used", 0.0) < _FRESH_SECONDS:
        return False
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    return bool(waiting.poll(0))


async def _entered(connection: Connection, scope: str) -> bool:
    """False when the connection breaks. The scope is a property of the connection, set only when it changes: one
    statement less for each use where one workspace is busy. It is set outside any transaction.
    """
    if getattr(connection, "dynaris_scope", None) == scope:
        return True
    connection.dynaris_scope = None  # type: ignore[attr-defined]
    try:
        await connection.execute("SELECT set_config('dynaris.workspace', %s, false)", (scope,))
    except psycopg.OperationalError:
        if not connection.closed:
            raise
        return False
    connection.dynaris_scope = scope  # type: ignore[attr-defined]
    return True


async def _configure(connection: AsyncConnection[Any]) -> None:
    connection.dynaris_scope = None  # type: ignore[attr-defined]


def is_outage(error: BaseException) -> bool:
    """Of the database as a whole, and so the fault of nothing that was being done: a connection that was lost or
    not to be had, a server that goes down, a disk that is full, a standby that takes no writes.
    """
    lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return lost or isinstance(error, (*_AWAY, *NO_WRITING))


def app_conninfo(url: str, application: str) -> str:
    """The connection string of a process: the application's role, times in UTC.

    Plans are kept per connection, and one made while tables were small would read them from end to end later on:
    every query has its index, so sequential scans are off.
    """
    return make_conninfo(
        **{**_LIVENESS, **conninfo_to_dict(url)},
        application_name=application,
        connect_timeout=5,
        options=f"-c role={APP_ROLE} -c TimeZone=UTC -c statement_timeout=60s -c enable_seqscan=off",
    )


def shown(url: str) -> str:
    """The address without its password, for messages."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "DATABASE_URL"
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
