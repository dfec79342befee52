"""The children of `dynaris up` and the bodies of `dynaris web | worker | calls | sandbox`: one event loop each.

Kept free of the command line's imports, so that a process holds only what it needs.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import psycopg

from dynaris.core import log
from dynaris.core.db import shown
from dynaris.core.errors import DynarisError, StartupError
from dynaris.core.lifeline import LIFELINE
from dynaris.core.private import keep_private
from dynaris.core.settings import Settings

_STOP_SECONDS = 8.0  # longer than an orderly end takes
_LOOK_SECONDS = 0.5


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Without the garbage collector, which is a fifth of the time of all the imports and finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def web(settings: Settings) -> None:
    await _schema_checked(settings)
    with _loading():
        from dynaris.app.serve import serve_web

    await serve_web(settings)


async def worker(settings: Settings, *, serve: bool = True) -> None:
    await _schema_checked(settings)
    with _loading():
        from dynaris.app.worker import run_worker

    await run_worker(settings, serve=serve)


async def calls(settings: Settings) -> None:
    await _schema_checked(settings)
    with _loading():
        from dynaris.app.calls import serve_calls

    await serve_calls(settings)


async def prepare(settings: Settings) -> None:
    """Before the others start for the first time: the schema and the demo workspace."""
    with _loading():
        from dynaris.app.demo import ensure_demo
        from dynaris.app.wiring import database_url
        from dynaris.migrations.run import ensure_current

    await ensure_current(settings.migrate_url or database_url(settings))
    await ensure_demo(settings)


async def _schema_checked(settings: Settings) -> None:
    from dynaris.app.wiring import database_url
    from dynaris.migrations.run import ensure_current

    await ensure_current(database_url(settings), migrate=False)


def run(body: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings) -> int:
    """Runs until SIGINT, SIGTERM or the parent's end. The process's exit code; a reason not to start is one line."""
    keep_private()
    log.configure(settings.log_level, settings.log_format, pii=settings.log_pii)
    try:
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            _loop(_until_stopped(body(settings), settings.database_url))
    except (DynarisError, psycopg.OperationalError, BaseExceptionGroup) as error:
        return _refused(_first(error), settings)
    return 0


def _refused(error: BaseException, settings: Settings) -> int:
    if isinstance(error, DynarisError):
        line = str(error)
    elif isinstance(error, psycopg.OperationalError):
        line = f"the database at {shown(settings.database_url or '')} failed: {error}"
    else:
        raise error
    if not line:  # a child has said it
        return 1
    print("dynaris:", " ".join(line.split()), file=sys.stderr)  # noqa: T201 - the one line for a person
    return 1


def _loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


async def _until_stopped(body: Awaitable[None], url: str | None) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(body)
    lifeline = os.environ.get(LIFELINE)
    leaving: list[asyncio.Task[None]] = []

    def stop() -> None:
        task.cancel()
        if lifeline:
            loop.remove_reader(int(lifeline))
            # Nobody may be left to end a child that does not stop by itself.
            loop.call_later(_STOP_SECONDS, os._exit, 1)

    def orphaned() -> None:
        stop()
        leaving.append(loop.create_task(_leave_without_database(url)))

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    if lifeline:
        loop.add_reader(int(lifeline), orphaned)
    await task


async def _leave_without_database(url: str | None) -> None:
    """The embedded database ends with the parent. Nothing could be recorded any more, so nothing is waited for."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            await (await psycopg.AsyncConnection.connect(url or "", connect_timeout=2)).close()
        except psycopg.Error:
            os._exit(1)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def main() -> None:
    body = {"prepare": prepare, "web": web, "worker": worker, "calls": calls}.get(sys.argv[1])
    if body is None:
        raise StartupError(f"unknown process {sys.argv[1]!r}")
    sys.exit(run(body, Settings()))


if __name__ == "__main__":
    main()
