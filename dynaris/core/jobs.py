"""Background jobs: deferred in the transaction of the row that needs work, run by any worker.

The only file that knows the job library. A job's name is permanent: renaming a function must not strand
queued work.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from dynaris.core.db import UNTIRING, Connection, app_conninfo, is_ended

log = structlog.get_logger()

JobFunction = Callable[..., Awaitable[None]]

HEARTBEAT_SECONDS = 2.0
STALLED_SECONDS = 5.0  # a worker silent for this long is dead: its jobs go to the others
POLL_SECONDS = 1.0  # finds jobs that became due or whose lane became free; NOTIFY brings the rest at once

_SAID_FOR = 30.0  # seconds for which one line about a database that is away is enough


class LibraryLog(logging.Handler):
    """The libraries' records in our log. A lost database is one line, not a traceback of each of their tasks."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said_until = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.name == "psycopg.pool":
            self.away(record.getMessage())
        elif (lost := lost_database(error)) is not None:
            self.away(str(lost))
        else:
            log.log(record.levelno, "jobs.library", said=record.getMessage(), exc_info=error)

    def passes(self, record: logging.LogRecord) -> bool:
        """Of asyncio's records, those about tasks that the library abandoned are ours to tell."""
        if not record.exc_info or lost_database(record.exc_info[1]) is None:
            return True
        self.emit(record)
        return False

    def away(self, reason: str) -> None:
        if time.monotonic() >= self._said_until:
            self._said_until = time.monotonic() + _SAID_FOR
            log.warning("jobs.database_away", error=" ".join(reason.split())[:300])


def lost_database(error: BaseException | None) -> BaseException | None:
    """The lost connection, or the one that could not be had, behind an error. A statement that took too long is none:
    it would take as long again.
    """
    while error is not None and not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        error = error.__cause__
    return None if isinstance(error, psycopg.errors.QueryCanceled) else error


_library_log = LibraryLog()
for _name in ("procrastinate", "psycopg.pool"):
    _logger = logging.getLogger(_name)
    _logger.setLevel(logging.WARNING)
    _logger.addHandler(_library_log)
    _logger.propagate = False
logging.getLogger("asyncio").addFilter(_library_log.passes)

# `%(...)s` parameters of one deferral, to be used inside larger statements.
DEFER = """procrastinate_defer_jobs_v1(ARRAY[ROW(
    'default', %(job_name)s, 0, %(job_lock)s, NULL, %(job_args)s::jsonb, %(job_at)s::timestamptz
)::procrastinate_job_to_defer_v1])"""


def deferral(name: str, args: dict[str, Any], *, lock: str | None = None, at: datetime | None = None) -> dict[str, Any]:
    """Parameters for `DEFER`. Jobs with the same lock run one at a time, in order."""
    return {"job_name": name, "job_args": Jsonb(args), "job_lock": lock, "job_at": at}


async def defer(
    connection: Connection, name: str, args: dict[str, Any], *, lock: str | None = None, at: datetime | None = None
) -> None:
    await connection.execute(f"SELECT {DEFER}", deferral(name, args, lock=lock, at=at))


async def delete_ended_jobs(connection: Connection, before: datetime) -> None:
    """Those that failed for good or were called off; what succeeded is gone already."""
    await connection.execute(
        """DELETE FROM procrastinate_jobs WHERE status IN ('failed', 'cancelled', 'aborted')
           AND coalesce(scheduled_at, 'epoch') < %(before)s AND NOT EXISTS (
               SELECT FROM procrastinate_events e WHERE e.job_id = procrastinate_jobs.id AND e.at >= %(before)s)""",
        {"before": before},
    )


def schema() -> str:
    """The job library's own tables, for the first migration."""
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


async def _configure(connection: Connection) -> None:
    """The library sends one statement at a time: a transaction around each would be three round trips for one."""
    await connection.set_autocommit(True)


def _pool(**given: Any) -> AsyncConnectionPool[Any]:
    """The library would ask the server before each statement whether it is there."""
    return AsyncConnectionPool(**{**given, **UNTIRING, "check": _refuse_ended})


async def _refuse_ended(connection: Connection) -> None:
    if is_ended(connection):
        await connection.close()
        raise psycopg.OperationalError("the server has closed this connection")


def _untiring(beat: Callable[[int], Awaitable[None]]) -> Callable[[int], Awaitable[None]]:
    """The library's heartbeat ends unseen with its first error. Without it a worker works on and counts as dead, so
    that others do its jobs once more.
    """

    async def beaten(worker_id: int) -> None:
        from procrastinate.exceptions import ConnectorException

        try:
            await beat(worker_id)
        except ConnectorException as error:
            _library_log.away(str(lost_database(error) or error))

    return beaten


class JobRunner:
    """Runs the registered jobs in this process until stopped; takes over what dead workers left."""

    def __init__(self, url: str, *, concurrency: int) -> None:
        import procrastinate  # here: only workers need it

        self._concurrency = concurrency
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=app_conninfo(url, "dynaris-jobs"),
                min_size=1,
                max_size=4,
                kwargs={"prepare_threshold": 0},
                configure=_configure,
                pool_factory=_pool,
            )
        )
        jobs: Any = self._app.job_manager
        jobs.update_heartbeat = _untiring(jobs.update_heartbeat)

    def register(self, name: str, function: JobFunction) -> None:
        """An exception that escapes `function` means infrastructure failed: the job is tried again."""
        from procrastinate import RetryStrategy

        retry = RetryStrategy(max_attempts=1_000_000, wait=2)
        self._app.task(name=name, retry=retry)(function)

    async def run(self) -> None:
        """Until cancelled. A lost database ends the library's worker: it is started again."""
        from procrastinate.exceptions import ConnectorException

        while True:
            try:
                async with self._app.open_async():
                    await self._run_once()
                return
            except (ConnectorException, psycopg.Error, OSError) as error:
                # The library may answer a cancellation with an error of the connection that it closes.
                if (task := asyncio.current_task()) and task.cancelling():
                    raise asyncio.CancelledError from error
                _library_log.away(str(lost_database(error) or error))
                await asyncio.sleep(1)

    async def _run_once(self) -> None:
        rescue = asyncio.create_task(self._rescue())
        try:
            await self._app.run_worker_async(
                concurrency=self._concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=60,
                shutdown_graceful_timeout=5,
            )
        finally:
            rescue.cancel()

    async def _rescue(self) -> None:
        from procrastinate.exceptions import ConnectorException

        jobs = self._app.job_manager
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                    log.warning("jobs.taken_over", job=job.task_name, job_id=job.id)
                    await jobs.retry_job(job)
            except ConnectorException as error:
                _library_log.away(str(lost_database(error) or error))
