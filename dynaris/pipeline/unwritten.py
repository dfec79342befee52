"""What this process alone knows while the database can be read but not written, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

MOST_LANES = 10_000  # whose events' vain tries are remembered; the oldest are forgotten, and cost their try


class Unwritten:
    """Nothing here outlives the process: what dies with it is handled like any death in the middle of work."""

    def __init__(self) -> None:
        self._vain: dict[tuple[UUID, str], set[UUID]] = {}
        self._receipts: dict[UUID, asyncio.Event] = {}

    def tried_in_vain(self, workspace_id: UUID, lane: str, event_ids: Iterable[UUID]) -> None:
        """Taking them was counted as a try, and the outage that ended it keeps that from being taken back."""
        if len(self._vain) >= MOST_LANES:
            del self._vain[next(iter(self._vain))]
        self._vain.setdefault((workspace_id, lane), set()).update(event_ids)

    def vain(self, workspace_id: UUID, lane: str) -> list[UUID]:
        """Whose next try is the one that was counted already."""
        return list(self._vain.get((workspace_id, lane), ()))

    def taken(self, workspace_id: UUID, lane: str, event_ids: Iterable[UUID]) -> None:
        """That was written. A lane where nothing is queued any more has nothing to remember."""
        taken = set(event_ids)
        left = self._vain.pop((workspace_id, lane), set()) - taken
        if left and taken:
            self._vain[workspace_id, lane] = left

    @asynccontextmanager
    async def receipt(self, outbox_id: UUID) -> AsyncIterator[None]:
        """Inside, this process knows what came of a send and tries to write it down."""
        written = self._receipts[outbox_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._receipts[outbox_id]
            written.set()

    async def receipt_written(self, outbox_id: UUID) -> bool:
        """Waits for it. False when there is none here."""
        written = self._receipts.get(outbox_id)
        if written is None:
            return False
        await written.wait()
        return True
