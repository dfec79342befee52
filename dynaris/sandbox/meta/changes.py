"""Who looks at the phones is told what has changed: nothing is replayed, because they read anew."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Watcher:
    """What has changed since it was last asked, each thing once."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._something = asyncio.Event()

    def note(self, what: str) -> None:
        self._changed.add(what)
        self._something.set()

    async def next(self) -> set[str]:
        await self._something.wait()
        self._something.clear()
        changed, self._changed = self._changed, set()
        return changed


class Changes:
    """`what` is a customer's user id, or `customers`, `templates`, `faults`, `account`."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def tell(self, what: str) -> None:
        for watcher in self._watchers:
            watcher.note(what)

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        watcher = Watcher()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
