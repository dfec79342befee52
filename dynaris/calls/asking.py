"""Approvals during a call: a person is asked at their screen while the caller waits, and the call goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from dynaris.agents.turn import Paused, Verdict
from dynaris.approvals import actions as approvals
from dynaris.core.db import Connection
from dynaris.pipeline.answer import ask
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import wait_again
from dynaris.pipeline.requeue import requeue, stored_event
from dynaris.pipeline.services import Services

ON_CALL_SECONDS, STILL_SECONDS = 45.0, 8.0  # that a caller is asked to wait; until they hear that we still do
_LOOKS_SECONDS = 0.3

# Should the caller be gone by then, what they asked for is still done, each step of it with a person's yes.
_LIVE = """UPDATE event SET status = 'live', waiting_for = NULL, meta = meta || '{"run_by": "the call"}'
    WHERE workspace_id = %s AND id = ANY(%s)"""

Verdicts = dict[str, Verdict]


class Asked:
    """What one turn proposed. The verdict is the call's as long as the caller waits for it; then it is the worker's."""

    def __init__(self, services: Services, inquiry: Inquiry) -> None:
        self._services, self._inquiry = services, inquiry
        self._is_ours = False

    async def ask(self, paused: Paused, story: dict[str, Any]) -> None:
        await ask(self._services, self._inquiry, paused.proposals, story, and_then=self._hold)
        self._is_ours = True

    async def _hold(self, connection: Connection) -> None:
        """Its verdict wakes no worker."""
        await connection.execute(_LIVE, (self._inquiry.workspace_id, list(self._inquiry.event_ids)))

    async def verdicts(self) -> AsyncIterator[Verdicts | None]:
        """`None` now and then, while nobody has decided; it ends with the verdicts, or without in time."""
        until, told = time.monotonic() + ON_CALL_SECONDS, time.monotonic()
        while time.monotonic() < until:
            async with self._services.db.workspace(self._inquiry.workspace_id) as connection:
                found = await approvals.verdicts_of(connection, self._inquiry.workspace_id, self._inquiry.run_id)
            if found is not None:
                self._is_ours = False
                yield found
                return
            if time.monotonic() - told > STILL_SECONDS:
                told = time.monotonic()
                yield None
            await asyncio.sleep(_LOOKS_SECONDS)

    async def release(self) -> None:
        """The caller waits no longer. Whoever decides from here on sets the worker going."""
        if not self._is_ours:
            return
        self._is_ours = False
        workspace_id, (event_id, *_) = self._inquiry.workspace_id, self._inquiry.event_ids
        async with self._services.db.transaction(workspace_id) as connection:
            event = await stored_event(connection, workspace_id, event_id, locked=True)
            if event["status"] != "live":
                return
            await wait_again(connection, workspace_id, self._inquiry.event_ids, waiting_for="approval")
            if await approvals.verdicts_of(connection, workspace_id, self._inquiry.run_id) is not None:
                await requeue(connection, workspace_id, event_id=event_id, from_status=("waiting",), meta={})
