"""The children of `dynaris up` and the bodies of `dynaris web | worker | sandbox`: one event loop each.

Kept free of the command line's imports, so that a process holds only what it needs.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import psycopg

from dynaris.core import log
from dynaris.core.db import shown
from dynaris.core.errors import DynarisError, StartupError
from dynaris.core.settings import Settings

LIFELINE = "DYNARIS_LIFELINE_FD"  # a pipe from the parent: when it closes, the parent is gone


async def web(settings: Settings) -> None:
    from dynaris.app.serve import serve_web

    await _schema_checked(settings)
    await serve_web(settings)


async def worker(settings: Settings, *, serve: bool = True) -> None:
    from dynaris.app.worker import run_worker

    await _schema_checked(settings)
    await run_worker(settings, serve=serve)


async def sandbox(settings: Settings) -> None:
    from dynaris.sandbox.process import sandbox_mailbox

    folder = settings.home / "sandbox" / "mail"
    async with sandbox_mailbox(
        folder, host=settings.host, smtp_port=settings.sandbox_smtp_port, imap_port=settings.imap_port
    ):
        await asyncio.Event().wait()


async def _schema_checked(settings: Settings) -> None:
    from dynaris.app.wiring import database_url
    from dynaris.migrations.run import ensure_current

    await ensure_current(database_url(settings), migrate=False)


def run(body: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings) -> int:
    """Runs until SIGINT, SIGTERM or the parent's end. The process's exit code; a reason not to start is one line."""
    log.configure(settings.log_level, settings.log_format)
    try:
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            _loop(_until_stopped(body(settings)))
    except* DynarisError as group:
        error = _first(group)
        print(f"dynaris: {error}", file=sys.stderr)  # noqa: T201 - the one line for a person
        return 1
    except* psycopg.OperationalError as group:
        where = shown(settings.database_url or "")
        print(f"dynaris: the database at {where} failed: {_first(group)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


async def _until_stopped(body: Awaitable[None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(body)
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    if lifeline := os.environ.get(LIFELINE):
        loop.add_reader(int(lifeline), task.cancel)
    await task


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def main() -> None:
    body = {"web": web, "worker": worker, "sandbox": sandbox}.get(sys.argv[1])
    if body is None:
        raise StartupError(f"unknown process {sys.argv[1]!r}")
    sys.exit(run(body, Settings()))


if __name__ == "__main__":
    main()
