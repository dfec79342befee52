"""The queue of the flow: a lane's row says when it has work, and which worker has it now.

A lane is one sender's arrivals, handled in order by one worker at a time. The row is written in the transaction
of the event that needs work, so nothing else has to be enqueued (docs/decisions/0002-jobs.md has the figures).
A worker holds a lane by a lease that it renews; what a dead one held is free when its lease ends.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from structlog.contextvars import bind_contextvars

from dynaris.core.db import NO_WRITING, Connection, Database, app_conninfo, is_outage
from dynaris.core.errors import Unavailable

log = structlog.get_logger()

LEASE_SECONDS = 5  # as `claim_lanes` and `renew_lanes` have it
_RENEW_SECONDS = 1.5
_POLL_SECONDS = 0.25  # finds lanes whose time has come; NOTIFY brings the rest at once
_IDLE_POLL_SECONDS = 1.0  # where nothing was said or found for a while: what is due then was left by somebody who died
_IDLE_AFTER_SECONDS = 10.0
_RETRY_SECONDS = 0.5  # between tries to reach a database that is gone
_NO_WRITING_SECONDS = 5.0  # between those to write to one that is full
_QUIET_SECONDS = 2.0  # a try that ends sooner belongs to an outage that was logged
_GRACE_SECONDS = 5.0  # for turns under way when the worker is told to stop
_LAST_SECONDS = 2.0  # for those that are ended then, to write down what only they know
_NOT_ITS_FAULT = (psycopg.OperationalError, psycopg.InterfaceError, Unavailable, OSError)  # the lane's
_CHANNEL: LiteralString = "dynaris_lane"


def wake_from(source: LiteralString) -> LiteralString:
    """CTEs `woken` and `told` for a statement: the lane of each row of `source` has work in `%(quiet)s` seconds.

    The row is locked even where it waits already, so that a worker which is just done with the lane waits for
    this transaction and then sees its event. `told` must be selected from, or it does not run.
    """
    return f"""woken AS (
        INSERT INTO lane (workspace_id, lane, due_at)
        SELECT %(ws)s, lane, clock_timestamp() + make_interval(secs => %(quiet)s) FROM {source}
        ON CONFLICT (workspace_id, lane) DO UPDATE SET due_at = excluded.due_at, awaits_more = false
            WHERE lane.due_at IS NULL OR lane.awaits_more
        RETURNING lane),
    told AS (SELECT pg_notify('{_CHANNEL}', '') FROM woken)"""


async def wake(connection: Connection, workspace_id: UUID, lane: str) -> None:
    """The lane has work, whatever its row says."""
    await connection.execute(
        """INSERT INTO lane (workspace_id, lane, due_at) VALUES (%s, %s, clock_timestamp())
           ON CONFLICT (workspace_id, lane) DO UPDATE SET due_at = excluded.due_at WHERE lane.due_at IS NULL""",
        (workspace_id, lane),
    )


async def release(connection: Connection, workspace_id: UUID, lane: str, *, holder: UUID) -> bool:
    """True when nothing is left to do in the lane, or when it is somebody else's by now."""
    cursor = await connection.execute("SELECT release_lane(%s, %s, %s) AS released", (workspace_id, lane, holder))
    row = await cursor.fetchone()
    return bool(row and row["released"])


async def await_more(
    connection: Connection, workspace_id: UUID, lane: str, *, holder: UUID, seconds: float, seen: list[UUID], live: bool
) -> bool:
    """Gives the lane back until its burst may be over; on a live channel what comes meanwhile wakes it.

    False when something has come that is not among the `seen`. In a transaction: the second statement sees what an
    intake committed while the first waited for the lane's row. True, too, when the lane is somebody else's by now.
    """
    names = {"ws": workspace_id, "lane": lane, "holder": holder, "secs": seconds, "seen": seen, "live": live}
    cursor = await connection.execute(
        "SELECT FROM lane WHERE workspace_id = %(ws)s AND lane = %(lane)s AND holder = %(holder)s FOR UPDATE", names
    )
    if not cursor.rowcount:
        return True
    cursor = await connection.execute(
        """UPDATE lane SET due_at = clock_timestamp() + make_interval(secs => %(secs)s), holder = NULL,
               lease_until = NULL, awaits_more = %(live)s
           WHERE workspace_id = %(ws)s AND lane = %(lane)s
             AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.lane = %(lane)s
                             AND e.status = 'queued' AND NOT e.id = ANY(%(seen)s))""",
        names,
    )
    return bool(cursor.rowcount)


async def postpone(connection: Connection, workspace_id: UUID, lane: str, *, holder: UUID, seconds: float) -> None:
    """Gives the lane back: whoever is free takes it then."""
    await connection.execute(
        """UPDATE lane SET due_at = clock_timestamp() + make_interval(secs => %s), holder = NULL, lease_until = NULL,
               awaits_more = false
           WHERE workspace_id = %s AND lane = %s AND holder = %s""",
        (seconds, workspace_id, lane, holder),
    )


class LaneRunner:
    """Claims lanes and works on them, `concurrency` at a time."""

    def __init__(self, db: Database, work: Callable[[UUID, str, UUID], Awaitable[None]], *, concurrency: int) -> None:
        self._db, self._work, self._concurrency = db, work, concurrency
        self._id = uuid4()
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; turns under way are then given a moment to end."""
        try:
            while True:
                began, pause = time.monotonic(), _RETRY_SECONDS
                try:
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._listen())
                        tasks.create_task(self._dispatch())
                except* (psycopg.Error, OSError) as errors:
                    if time.monotonic() - began > _QUIET_SECONDS:  # not again for each try of one outage
                        log.warning("lanes.reconnecting", error=errors.exceptions[0])
                    if errors.subgroup(NO_WRITING):
                        pause = _NO_WRITING_SECONDS
                await asyncio.sleep(pause)
        finally:
            if self._running:
                _, late = await asyncio.wait(self._running, timeout=_GRACE_SECONDS)
                for task in late:
                    task.cancel()
                if late:
                    await asyncio.wait(late, timeout=_LAST_SECONDS)

    async def _connect(self) -> Connection:
        """A connection of our own, outside every workspace: a pooled one would change its scope to and fro."""
        conninfo = app_conninfo(self._db.url, "dynaris-lanes")
        connection = await AsyncConnection[DictRow].connect(conninfo, autocommit=True, row_factory=dict_row)  # type: ignore[arg-type]
        connection.prepare_threshold = 0
        return connection

    async def _dispatch(self) -> None:
        async with await self._connect() as connection:
            renewed = busy = asyncio.get_running_loop().time()
            while True:
                for workspace_id, lane in await self._claim(connection):
                    task = asyncio.create_task(self._work_on(workspace_id, lane))
                    self._running.add(task)
                    task.add_done_callback(self._done)
                with contextlib.suppress(TimeoutError):
                    now = asyncio.get_running_loop().time()
                    is_idle = now - busy > _IDLE_AFTER_SECONDS
                    async with asyncio.timeout(_IDLE_POLL_SECONDS if is_idle else _POLL_SECONDS):
                        await self._wake.wait()
                now = asyncio.get_running_loop().time()
                if self._wake.is_set() or self._running:
                    busy = now
                self._wake.clear()
                if self._running and now - renewed > _RENEW_SECONDS:
                    await connection.execute("SELECT renew_lanes(%s)", (self._id,))
                    renewed = now

    async def _claim(self, connection: Connection) -> list[tuple[UUID, str]]:
        free = self._concurrency - len(self._running)
        if not free:
            return []
        cursor = await connection.execute("SELECT * FROM claim_lanes(%s, %s)", (self._id, free))
        return [(row["workspace_id"], row["lane"]) for row in await cursor.fetchall()]

    async def _work_on(self, workspace_id: UUID, lane: str) -> None:
        bind_contextvars(workspace=str(workspace_id))  # a task of its own
        try:
            await self._work(workspace_id, lane, self._id)
        except Exception as error:
            if not (is_outage(error) or isinstance(error, _NOT_ITS_FAULT)):
                log.exception("lanes.failed", error=error)
                return
            log.warning("lanes.interrupted", error=error)
            await self._give_back(workspace_id, lane, after=_NO_WRITING_SECONDS if isinstance(error, NO_WRITING) else 0)

    async def _give_back(self, workspace_id: UUID, lane: str, *, after: float) -> None:
        """As soon as that can be written. Until then it keeps its place here: there is nothing else to be done."""
        pause = _RETRY_SECONDS
        while True:
            await asyncio.sleep(pause)
            with contextlib.suppress(psycopg.Error, Unavailable, OSError):
                async with self._db.workspace(workspace_id) as connection:
                    await postpone(connection, workspace_id, lane, holder=self._id, seconds=after)
                return
            pause = min(pause * 2, _NO_WRITING_SECONDS)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _listen(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            async for _ in connection.notifies():
                self._wake.set()
