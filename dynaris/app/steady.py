"""Loops of a process that outlive what they depend on: a lost database, or a defect in one of them, ends none."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from dynaris.core.errors import DynarisError, StartupError

log = structlog.get_logger()

# What a database that went away raises; `DynarisError` has `Unavailable`.
AWAY = (psycopg.Error, DynarisError, OSError)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_STEADY_SECONDS = 30.0  # who ran for so long begins with the first pause again


def loaded() -> None:
    """All code is here: the garbage collector need not look it through again. Each time took 150 to 300 ms, every few
    seconds under load, and nobody was answered meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


async def kept_up(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Until cancelled: begins `loop` again whenever it ends, however it ends. A `StartupError` is let through."""
    clock, task = asyncio.get_running_loop().time, asyncio.current_task()
    assert task is not None
    pause = _FIRST_PAUSE
    while True:
        began = clock()
        try:
            await loop()
            log.warning("loop.ended", loop=name)
        except StartupError:
            raise
        except AWAY as error:
            log.warning("loop.interrupted", loop=name, error=error)
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            log.warning("loop.ended", loop=name)  # something inside was cancelled, not we
        except Exception as error:
            log.exception("loop.failed", loop=name, error=error)
        if task.cancelling():  # and what it was doing turned that into an end, or an error, of its own
            raise asyncio.CancelledError
        pause = _FIRST_PAUSE if clock() - began > _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE)
        await asyncio.sleep(pause)
