"""An event that is replayed in the very moment in which somebody answers it, or replays it too: one reply leaves."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dynaris.core.errors import Conflict
from dynaris.pipeline import requeue, verdict
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.requeue import replay
from tests.flows.conftest import Sink, World

QUESTION = "Is there parking?"


async def replayed(world: World, event_id: UUID) -> bool:
    async with world.services.db.transaction(world.workspace.id) as connection:
        return await replay(connection, world.workspace.id, event_id=event_id)


async def deliver_all(world: World) -> None:
    for row in await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
        await deliver(world.services, world.workspace.id, row["id"])


async def test_a_reply_that_is_approved_while_its_event_is_replayed_is_the_only_one(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    event_id = (await world.say(QUESTION, reply_url=sink.url)).event_id
    await world.settle()
    await world.set_auto_mode(enabled=True)
    (approval,) = await world.rows("SELECT id FROM approval WHERE workspace_id = %s")
    committed, go, wait = asyncio.Event(), asyncio.Event(), verdict.wait

    async def waits(*given: Any, **named: Any) -> None:
        committed.set()
        await go.wait()
        await wait(*given, **named)

    monkeypatch.setattr(verdict, "wait", waits)
    approving = asyncio.create_task(
        verdict.decide_approval(
            world.services,
            world.workspace.id,
            approval["id"],
            decision="approve",
            edits={"text": "In the garage."},
            reason=None,
            by="member:tester",
        )
    )
    await asyncio.wait_for(committed.wait(), 10)
    replaying = asyncio.create_task(replayed(world, event_id))
    await world.until_somebody_waits()
    go.set()
    await approving
    assert await replaying, "the approved reply stands"
    await world.settle()
    await deliver_all(world)
    assert sink.texts == ["In the garage."]


async def test_an_event_that_two_replay_at_once_is_answered_once(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = (await world.say(QUESTION, reply_url=sink.url)).event_id
    await world.rows(
        """UPDATE event SET status = 'done', outcome = 'failed', reason = 'tried in vain'
           WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        id=event_id,
    )
    looked, go, on_its_way = asyncio.Event(), asyncio.Event(), requeue._reply_on_its_way

    async def slowly(*given: Any) -> bool:
        found = await on_its_way(*given)
        if not looked.is_set():
            looked.set()
            await go.wait()
        return found

    monkeypatch.setattr(requeue, "_reply_on_its_way", slowly)
    first = asyncio.create_task(replayed(world, event_id))
    await asyncio.wait_for(looked.wait(), 10)
    second = asyncio.create_task(replayed(world, event_id))
    waiting = asyncio.create_task(world.until_somebody_waits())
    await asyncio.wait({second, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if second.done():  # it did not wait, so its answer is on its way before the first one goes on
        await world.settle()
    go.set()
    results = await asyncio.gather(first, second, return_exceptions=True)
    waiting.cancel()
    await world.settle()
    assert [type(result) for result in results] == [bool, Conflict]
    assert len(sink.got) == 1
