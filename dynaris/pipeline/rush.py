"""Whether customers are being served in this process: work that nobody waits for steps back for them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Rush:
    def __init__(self) -> None:
        self._served = 0
        self._over = asyncio.Event()
        self._over.set()

    @contextmanager
    def served(self) -> Iterator[None]:
        """One customer more, until the block ends."""
        self._served += 1
        self._over.clear()
        try:
            yield
        finally:
            self._served -= 1
            if not self._served:
                self._over.set()

    async def step_back(self, most: float) -> None:
        """Until nobody is being served, but for no longer than `most` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                await self._over.wait()
