"""What stands in the ledger before a screen is looked at."""

from typing import Any
from uuid import UUID

import httpx

from tests.flows.conftest import Sink, World

QUESTION = "What does a first assessment cost?"


async def lines(api: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    response = await api.get("/api/ledger", params=asked)
    assert response.is_success, response.text
    return response.json()["items"]


async def manual(world: World, sink: Sink, name: str = "Ada") -> dict[str, Any]:
    """An event that waits for a run."""
    await world.set_auto_mode(enabled=False)
    said = await world.say(QUESTION, reply_url=sink.url, name=name, email=f"{name.lower()}@example.com")
    await world.settle()
    return await world.event(said.event_id)


async def fail(world: World, event_id: UUID) -> None:
    await world.rows(
        """UPDATE event SET status = 'done', outcome = 'failed', waiting_for = NULL, reason = 'the model broke',
           settled_at = now() WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        id=event_id,
    )
