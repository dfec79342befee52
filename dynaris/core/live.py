"""What happens right now, told to the processes that hold somebody's screen: PostgreSQL's NOTIFY.

A published event says that something changed; the stored rows say what. A listener that misses one finds
the rows at its next look, so nothing depends on an event arriving.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from dynaris.core.db import Connection, app_conninfo

log = structlog.get_logger()

CHANNEL = "dynaris_live"
CHANGES = "changes"  # the topic of what triggers note (migrations/live.py)
RESET: dict[str, Any] = {"kind": "reset", "ids": None}  # anything may have changed
_MOST_WAITING = 100  # events kept for a slow screen; older ones are dropped, the rows remain


async def publish(connection: Connection, workspace_id: UUID, topic: str, data: dict[str, Any]) -> None:
    """Delivered when the surrounding transaction commits. `data` stays under 7 kB: ids, not texts."""
    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, notice(workspace_id, topic, data)))


def notice(workspace_id: UUID, topic: str, data: dict[str, Any]) -> str:
    """The payload of `publish`, for statements that notify by themselves."""
    return orjson.dumps({"workspace": str(workspace_id), "topic": topic, "data": data}).decode()


class LiveFeed:
    """One listening connection per process, shared by all its subscribers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ready = asyncio.Event()  # it listens
        self._queues: dict[tuple[str, str], set[asyncio.Queue[dict[str, Any]]]] = defaultdict(set)

    async def run(self) -> None:
        """Until cancelled; reconnects by itself."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    app_conninfo(self._url, "dynaris-live"), autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._reset()
                    self.ready.set()
                    async for notice in connection.notifies():
                        self._deliver(notice.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("live.reconnecting", error=error)
                await asyncio.sleep(1)

    def _deliver(self, payload: str) -> None:
        event = orjson.loads(payload)
        for queue in self._queues.get((event["workspace"], event["topic"]), ()):
            if queue.full():
                self._make_room(queue, event["topic"])
            queue.put_nowait(event["data"])

    def _make_room(self, queue: asyncio.Queue[dict[str, Any]], topic: str) -> None:
        queue.get_nowait()
        if topic == CHANGES:  # who follows those must know that some are missing
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(RESET)

    def _reset(self) -> None:
        """What was said while nobody listened is lost."""
        for (_, topic), queues in self._queues.items():
            for queue in queues if topic == CHANGES else ():
                if queue.full():
                    self._make_room(queue, topic)
                queue.put_nowait(RESET)

    @contextlib.contextmanager
    def listening(self, workspace_id: UUID, topic: str) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        """What is said from now on. A queue that nobody empties loses the oldest; that of `CHANGES` says so."""
        key = (str(workspace_id), topic)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_WAITING)
        self._queues[key].add(queue)
        try:
            yield queue
        finally:
            self._queues[key].discard(queue)
            if not self._queues[key]:
                del self._queues[key]

    async def subscribe(self, workspace_id: UUID, topic: str) -> AsyncIterator[dict[str, Any]]:
        with self.listening(workspace_id, topic) as queue:
            while True:
                yield await queue.get()
