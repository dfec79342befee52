"""What is said on a call is written down as it is said, in its order, whatever the database does meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from dynaris.calls.record import Call, Utterance, caller_said, we_said
from dynaris.calls.sentiment import sentiment_of
from dynaris.core import clock
from dynaris.core.db import is_outage
from dynaris.core.ids import new_id
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_LAST_SECONDS = 60.0  # for what is left when the call is over


class Ledger:
    def __init__(self, services: Services, call: Call) -> None:
        self._services, self._call = services, call
        # A line that broke and was opened again goes on in the same call.
        before = clock.now() - call.answered_at if call.answered_at and call.connections > 1 else timedelta()
        self._began = time.monotonic() - max(0.0, before.total_seconds())
        self._work: asyncio.Queue[Callable[[], Awaitable[Any]] | None] = asyncio.Queue()
        self._working = asyncio.create_task(self._run())

    @property
    def at(self) -> float:
        """Seconds since the call was answered."""
        return time.monotonic() - self._began

    async def heard(self, text: str, language: str) -> Utterance:
        """Written before it is answered."""
        number, at, sentiment = new_id().hex, self.at, sentiment_of(text, language)

        async def write() -> Utterance:
            async with self._services.db.transaction(self._call.workspace_id) as connection:
                return await caller_said(connection, self._call, text, number=number, at=at, sentiment=sentiment)

        written: asyncio.Future[Utterance] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            try:
                utterance = await write()
            except Exception as error:
                if not is_outage(error) and not written.done():
                    written.set_exception(error)
                raise
            if not written.done():
                written.set_result(utterance)

        self._work.put_nowait(work)
        return await written

    def said(self, text: str, *, run_id: UUID | None, interrupted: bool) -> None:
        at = self.at

        async def write() -> None:
            async with self._services.db.transaction(self._call.workspace_id) as connection:
                await we_said(connection, self._call, text, run_id=run_id, at=at, interrupted=interrupted)

        self._work.put_nowait(write)

    def later(self, work: Callable[[], Awaitable[None]]) -> None:
        """After what was said before it; again, while the database is away."""
        self._work.put_nowait(work)

    async def aclose(self) -> None:
        """All of it is written, or a minute has passed."""
        self._work.put_nowait(None)
        try:
            await asyncio.wait_for(self._working, _LAST_SECONDS)
        except TimeoutError:
            log.error("call.not_written", call=str(self._call.id), left=self._work.qsize())

    async def _run(self) -> None:
        while work := await self._work.get():
            try:
                await _until_written(work)
            except Exception as error:
                log.exception("call.ledger_failed", call=str(self._call.id), error=error)


async def _until_written(work: Callable[[], Awaitable[Any]]) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            await work()
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            return
