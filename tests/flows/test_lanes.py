"""Lanes: what falls due is taken up by one worker, and what a dead one held by the next."""

import asyncio
from uuid import UUID, uuid4

import pytest

from dynaris.pipeline import lanes
from dynaris.pipeline.lanes import LaneRunner
from dynaris.pipeline.watchdog import wake_lane
from tests.flows.conftest import Sink, World

LANE = "generic:ada@example.com"


async def lane_of(world: World) -> dict:
    return (await world.rows("SELECT * FROM lane WHERE workspace_id = %s AND lane = %s", LANE))[0]


async def claimed(world: World, worker: UUID) -> list[str]:
    """The lanes of this workspace that a worker gets; what it got of others' is given back."""
    async with world.services.db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM claim_lanes(%s, 1000)", (worker,))).fetchall()
    for row in rows:
        if row["workspace_id"] != world.workspace.id:
            async with world.services.db.workspace(row["workspace_id"]) as connection:
                await lanes.postpone(connection, row["workspace_id"], row["lane"], holder=worker, seconds=0)
    return [row["lane"] for row in rows if row["workspace_id"] == world.workspace.id]


async def test_a_lane_is_claimed_by_one_worker_until_its_lease_ends(world: World) -> None:
    await world.say("Is there parking?", reply_url=None)
    first, second = uuid4(), uuid4()
    assert await claimed(world, first) == [LANE]
    assert await claimed(world, second) == []

    await world.rows("UPDATE lane SET lease_until = now() - interval '1 second' WHERE workspace_id = %s RETURNING lane")
    assert await claimed(world, second) == [LANE]
    async with world.services.db.workspace(world.workspace.id) as connection:
        assert await lanes.release(connection, world.workspace.id, LANE, holder=first), "the first has lost it"
    assert (await lane_of(world))["holder"] == second


async def test_an_event_that_comes_while_the_lane_is_being_released_is_not_forgotten(world: World) -> None:
    await world.say("Is there parking?", reply_url=None)
    worker = uuid4()
    await claimed(world, worker)
    async with world.services.db.workspace(world.workspace.id) as connection:
        assert not await lanes.release(connection, world.workspace.id, LANE, holder=worker)
    assert (await lane_of(world))["holder"] == worker


async def test_a_released_lane_is_woken_by_the_next_event(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    assert (await lane_of(world))["due_at"] is None
    await world.say("And what are your opening hours?", reply_url=sink.url)
    assert (await lane_of(world))["due_at"] is not None


async def test_a_lane_that_awaits_more_is_woken_by_it_and_one_that_pauses_after_a_failure_is_not(world: World) -> None:
    first = await world.say("Is there parking?", reply_url=None)
    worker = uuid4()
    await claimed(world, worker)
    seen = [first.event_id]
    async with world.services.db.transaction(world.workspace.id) as connection:
        assert await lanes.await_more(
            connection, world.workspace.id, LANE, holder=worker, seconds=9, seen=seen, live=True
        )
    assert await claimed(world, worker) == []
    await world.say("And what are your opening hours?", reply_url=None)
    assert await claimed(world, worker) == [LANE]

    async with world.services.db.transaction(world.workspace.id) as connection:
        assert not await lanes.await_more(
            connection, world.workspace.id, LANE, holder=worker, seconds=9, seen=seen, live=True
        ), "something came that it has not seen"
        await lanes.postpone(connection, world.workspace.id, LANE, holder=worker, seconds=9)
    await world.say("Hello?", reply_url=None)
    assert await claimed(world, worker) == []


async def test_the_watchdog_wakes_a_lane_that_does_not_know_of_its_events(world: World) -> None:
    await world.say("Is there parking?", reply_url=None)
    await world.rows("UPDATE lane SET due_at = NULL WHERE workspace_id = %s RETURNING lane")
    await wake_lane(world.services, world.workspace.id, LANE)
    assert (await lane_of(world))["due_at"] is not None


async def test_a_runner_works_on_what_falls_due_and_ends_what_it_began(world: World) -> None:
    began, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(workspace_id: UUID, lane: str, holder: UUID) -> None:
        if workspace_id == world.workspace.id:
            began.set()
            await may_end.wait()
            ended.set()
        async with world.services.db.workspace(workspace_id) as connection:
            await lanes.postpone(connection, workspace_id, lane, holder=holder, seconds=3600)

    running = asyncio.create_task(LaneRunner(world.services.db, work, concurrency=4).run())
    await world.say("Is there parking?", reply_url=None)
    async with asyncio.timeout(5):
        await began.wait()
    running.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()
