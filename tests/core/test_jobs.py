"""The job library: what it says, in our log (a database that is away is one line), and what it asks the database."""

import asyncio
import gc
import logging

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from structlog.testing import capture_logs

from dynaris.core import jobs
from dynaris.core.jobs import LibraryLog


@pytest.fixture(autouse=True)
def not_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = next(each for each in logging.getLogger("procrastinate").handlers if isinstance(each, LibraryLog))
    monkeypatch.setattr(handler, "_said_until", 0.0)


def lost() -> ConnectorException:
    error = ConnectorException()
    error.__cause__ = psycopg.OperationalError("connection refused\n\tIs the server running?")
    return error


def test_a_lost_database_is_one_line_however_many_tasks_of_the_library_notice() -> None:
    with capture_logs() as lines:
        for name in ("procrastinate.worker", "procrastinate.utils"):
            logging.getLogger(name).error("Side task failed", exc_info=lost())
        logging.getLogger("psycopg.pool").warning("error connecting in 'pool-2'")
    assert lines == [
        {
            "event": "jobs.database_away",
            "error": "connection refused Is the server running?",
            "log_level": "warning",
        }
    ]


async def test_a_task_that_the_library_abandoned_is_not_told_by_asyncio(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(error: Exception) -> None:
        raise error

    with capture_logs() as lines:
        for error in (lost(), ValueError("ours")):
            task = asyncio.ensure_future(fails(error))
            await asyncio.wait([task])
            del task
            gc.collect()
    assert [line["event"] for line in lines] == ["jobs.database_away"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["ours"]


def test_any_other_failure_keeps_its_traceback() -> None:
    error = ValueError("a mistake of ours")
    with capture_logs() as lines:
        logging.getLogger("procrastinate.worker").error("Job failed", exc_info=error)
    [line] = lines
    assert (line["event"], line["said"], line["exc_info"]) == ("jobs.library", "Job failed", error)
    assert jobs.lost_database(error) is None


def test_what_asyncio_says_without_an_error_is_left_to_it() -> None:
    for nothing in (None, False):
        record = logging.LogRecord("asyncio", logging.ERROR, "", 0, "Unclosed client session", (), None)
        record.exc_info = nothing  # type: ignore[assignment] - uvloop says False
        assert LibraryLog().passes(record)


def test_a_statement_that_took_too_long_is_no_lost_database_and_not_tried_for_ever() -> None:
    error = RuntimeError("the import")
    error.__cause__ = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
    assert jobs.lost_database(error) is None
    assert jobs.lost_database(psycopg.OperationalError("the connection is lost"))


async def test_a_job_costs_one_round_trip_and_a_connection_that_the_server_ended_is_replaced(database_url: str) -> None:
    runner = jobs.JobRunner(database_url, concurrency=1)
    async with runner._app.open_async() as app:
        pool = app.connector.pool  # type: ignore[attr-defined]
        for connection_ends in (True, False):
            async with pool.connection() as connection:
                assert connection.autocommit
                cursor = await connection.execute("SELECT 42 AS answer")
                assert await cursor.fetchone() == (42,)
                pid = connection.info.backend_pid
            if connection_ends:
                async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
                    await other.execute("SELECT pg_terminate_backend(%s, 2000)", (pid,))
