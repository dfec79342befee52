"""The figures of all processes on one page: each writes its own into the database, and any web process shows all."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from dynaris.channels.registry import channels
from dynaris.core import clock, metrics
from dynaris.core.db import Database
from dynaris.core.errors import Unavailable
from dynaris.pipeline.deliver import Delivery
from dynaris.pipeline.outcome import OUTCOMES

PUBLISH_SECONDS = 10.0
SHOWN_SECONDS = 30  # a process that said nothing for longer has ended
_BELIEVED_SECONDS = 5.0  # the database is asked no oftener, however often it is scraped
_ANSWER_SECONDS = 3.0
_LAST_WORD_SECONDS = 1.0


async def installation_id(db: Database) -> UUID:
    """The same for all processes over one database, and no secret."""
    async with db.system() as connection:
        row = await (await connection.execute("SELECT installation_id() AS id")).fetchone()
    assert row is not None
    return row["id"]


def own_figures(db: Database) -> list[metrics.Family]:
    return [*metrics.families(), *metrics.families(metrics.PoolFigures(db.stats))]


async def publish(db: Database, kind: str) -> None:
    """Until cancelled. `kind`: web or worker."""
    count_from_zero()
    process = metrics.process_name(kind)
    try:
        while True:
            async with db.system() as connection:
                await connection.execute(
                    "SELECT publish_figures(%s, %s, %s, %s)", (process, kind, clock.now(), Jsonb(own_figures(db)))
                )
            await asyncio.sleep(PUBLISH_SECONDS)
    finally:
        with contextlib.suppress(psycopg.Error, Unavailable, OSError, TimeoutError):
            await asyncio.shield(asyncio.wait_for(_withdraw(db, process), _LAST_WORD_SECONDS))


def count_from_zero() -> None:
    """A counter that comes with its first event has not risen: an alert on its increase would miss that one."""
    for outcome in OUTCOMES:
        metrics.events_ended.labels(outcome)
    for channel in channels():
        for result in get_args(Delivery):
            metrics.sends.labels(channel, result)


async def _withdraw(db: Database, process: str) -> None:
    async with db.system() as connection:
        await connection.execute("SELECT withdraw_figures(%s)", (process,))


async def published(db: Database, seconds: int = SHOWN_SECONDS) -> list[dict[str, Any]]:
    """What each process last said: process, kind, at (the database's time), clock (its own), figures."""
    async with db.system() as connection:
        return await (await connection.execute("SELECT * FROM published_figures(%s)", (seconds,))).fetchall()


class Exposition:
    """One web process's /metrics."""

    def __init__(self) -> None:
        self._until = 0.0
        self._work = metrics.WorkFigures()
        self._others: Mapping[str, list[metrics.Family]] = {}

    async def text(self, db: Database) -> bytes:
        """Without the database, this process's own figures alone."""
        if time.monotonic() >= self._until:
            await self._ask(db)
            self._until = time.monotonic() + _BELIEVED_SECONDS
        return metrics.rendered(
            {
                "": metrics.families(self._work),
                metrics.process_name("web"): own_figures(db),
                **self._others,
            }
        )

    async def _ask(self, db: Database) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                rows = await published(db)
                async with db.system() as connection:
                    self._work.rows = await (await connection.execute("SELECT * FROM watch_figures()")).fetchall()
        except (TimeoutError, Unavailable, psycopg.Error):
            self._work.rows, self._others = None, {}
        else:
            own = metrics.process_name("web")
            self._others = {row["process"]: row["figures"] for row in rows if row["process"] != own}
