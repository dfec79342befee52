"""Bursts as they come: the lane is given back while one grows, and a message pays a try only when it is worked on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest

from dynaris.channels.contract import Arrival
from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.intake import accept
from dynaris.pipeline.lanes import LaneRunner
from tests.flows.conftest import FAQ, Sink, World, services_over

QUIET = 0.3


@pytest.fixture
async def quiet_world(world: World, tmp_path) -> AsyncIterator[World]:
    """The same workspace behind a worker that waits for the end of a burst."""
    services = services_over(world.services.db, tmp_path, quiet_period=QUIET)

    async def work(workspace_id, lane, holder) -> None:
        await run_lane(services, workspace_id, lane, holder)

    running = asyncio.create_task(LaneRunner(services.db, work, concurrency=4).run())
    yield World(services, world.workspace, world.source)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def settled(world: World, count: int) -> list[dict]:
    async with asyncio.timeout(20):
        while True:
            rows = await world.rows(
                "SELECT status, outcome, reason, run_id, attempts FROM event WHERE workspace_id = %s"
            )
            if len(rows) == count and all(row["status"] == "done" for row in rows):
                return rows
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("count", [2, 5, 12])
async def test_a_burst_that_grows_is_one_turn_and_loses_nothing(quiet_world: World, sink: Sink, count: int) -> None:
    for number in range(count):
        await quiet_world.say(f"Is there parking? {number}", reply_url=sink.url)
        await asyncio.sleep(QUIET / 4)
    events = await settled(quiet_world, count)

    assert {event["outcome"] for event in events} == {"answered"}
    messages = await quiet_world.rows("SELECT direction FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    assert len(messages) == count
    # A burst that goes on for five quiet periods is answered meanwhile.
    answers = {each["key"]: each for each in sink.got}  # a busy machine may post one twice, under the same key
    assert len(answers) == len({event["run_id"] for event in events}) <= 1 + count // 8, sink.got


async def test_a_crash_with_many_events_in_the_lane_costs_its_neighbours_two_tries_at_most(
    world: World, sink: Sink, tmp_path, monkeypatch
) -> None:
    from dynaris.pipeline import inbound

    services = services_over(world.services.db, tmp_path, quiet_period=QUIET)
    world = World(services, world.workspace, world.source)
    for number in range(9):
        await world.say(f"{list(FAQ)[number % 3]} {number}", reply_url=sink.url)
    clock.set_source(lambda: later)
    later = clock._system_time() + timedelta(minutes=1)

    class Crash(BaseException):
        pass

    async def dies(*_: object) -> None:
        raise Crash

    try:
        with monkeypatch.context() as patch:
            patch.setattr(inbound, "identify", dies)
            for _ in range(3):
                with pytest.raises(Crash):
                    await world.settle()
        attempts = await world.rows("SELECT attempts FROM event WHERE workspace_id = %s ORDER BY id")
        assert [row["attempts"] for row in attempts] == [3, *[2] * 8]
        await world.settle()
    finally:
        clock.set_source(None)
    events = await settled(world, 9)
    assert {event["outcome"] for event in events} == {"answered"}


async def test_a_burst_whose_worker_dies_comes_back_as_one_turn(
    world: World, sink: Sink, tmp_path, monkeypatch
) -> None:
    from dynaris.pipeline import inbound

    world = World(services_over(world.services.db, tmp_path, quiet_period=0.01), world.workspace, world.source)
    for number in range(3):
        await world.say(f"{list(FAQ)[number]}", reply_url=sink.url)
    await asyncio.sleep(0.02)

    class Crash(BaseException):
        pass

    filed = 0
    identify = inbound.identify

    async def dies_at_the_second(*arguments) -> object:
        nonlocal filed
        if filed:
            raise Crash
        filed += 1
        return await identify(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(inbound, "identify", dies_at_the_second)
        with pytest.raises(Crash):
            await world.settle()
    await world.settle()
    events = await settled(world, 3)
    assert {event["outcome"] for event in events} == {"answered"}
    assert len({event["run_id"] for event in events}) == len(sink.got) == 1


async def test_one_that_cannot_be_worked_on_does_not_take_its_burst_along(
    world: World, sink: Sink, tmp_path, monkeypatch
) -> None:
    from dynaris.pipeline import identify as identifying

    world = World(services_over(world.services.db, tmp_path, quiet_period=0.01), world.workspace, world.source)
    good = await world.say("Is there parking?", reply_url=sink.url)
    bad = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await asyncio.sleep(0.02)
    store = identifying._file

    async def poisoned(services, event, account, inbound, **named) -> object:
        if event.id == bad.event_id:
            raise ValueError("poison")
        return await store(services, event, account, inbound, **named)

    monkeypatch.setattr(identifying, "_file", poisoned)
    for _ in range(5):
        await world.settle()
    assert (await world.event(good.event_id))["outcome"] == "answered"
    failed = await world.event(bad.event_id)
    assert (failed["outcome"], "poison" in failed["reason"]) == ("failed", True)
    assert len(sink.got) == 1


async def test_a_row_that_cannot_be_read_ends_as_failed_and_frees_its_lane(world: World, sink: Sink) -> None:
    bad = await world.say("from the end of time", reply_url=sink.url)
    await world.rows("UPDATE event SET occurred_at = '12000-01-01' WHERE workspace_id = %s RETURNING 1 AS one")
    good = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()

    rows = await world.rows("SELECT id, outcome FROM event WHERE workspace_id = %s")
    assert {row["id"]: row["outcome"] for row in rows} == {bad.event_id: "failed", good.event_id: "answered"}


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_outside_our_time_is_not_stored(world: World, sink: Sink, moment: str) -> None:
    from datetime import datetime

    body = {"id": new_id().hex, "text": "x"}
    arrival = Arrival(
        external_id=body["id"],
        lane="generic:far@example.com",
        raw=orjson.dumps(body),
        occurred_at=datetime.fromisoformat(moment),
    )
    accepted = await accept(world.services, world.source, arrival)
    assert (await world.event(accepted.event_id))["occurred_at"] is None


async def test_a_secret_that_cannot_be_read_here_costs_an_event_no_try(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.core.crypto import UnreadableSecret
    from dynaris.pipeline import inbound

    accepted = await world.say("Is there parking?", reply_url=sink.url)

    async def unreadable(*_: object) -> None:
        raise UnreadableSecret("the secret was stored with another key")

    with monkeypatch.context() as patch:
        patch.setattr(inbound, "identify", unreadable)
        for _ in range(inbound.MAX_ATTEMPTS + 1):
            await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["attempts"]) == ("queued", 0)
    assert "another key" in event["reason"]
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
