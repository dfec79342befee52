"""Many events at once: each is brought back once, whoever dies or asks twice; each reply leaves once."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from psycopg import DataError, OperationalError

from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.batches import choosing, queries, starting, working
from dynaris.pipeline.batches.choosing import BatchRequest, EventFilter
from tests.flows.conftest import Sink, World

BY = "member:tester"
QUESTION = "What does a first assessment cost?"


async def started(world: World, **wanted: Any) -> tuple[UUID, int]:
    async with world.services.db.transaction(world.workspace.id) as connection:
        return await starting.start(connection, world.workspace.id, BatchRequest(**wanted), by=BY)


async def worked_off(world: World, batch_id: UUID) -> dict[str, Any]:
    await working.work_off(world.services.db, world.workspace.id, batch_id)
    return await progress(world, batch_id)


async def progress(world: World, batch_id: UUID) -> dict[str, Any]:
    async with world.services.db.workspace(world.workspace.id) as connection:
        return await queries.get(connection, world.workspace.id, batch_id)


async def reasons(world: World, batch_id: UUID) -> dict[UUID, str]:
    rows = await world.rows(
        "SELECT event_id, reason FROM batch_event WHERE workspace_id = %s AND batch_id = %s", batch_id
    )
    return {row["event_id"]: row["reason"] for row in rows}


async def waiting_and_failed(world: World, sink: Sink, number: int) -> list[UUID]:
    """Half of them waited in Manual mode, half were tried in vain; then Auto mode came."""
    await world.set_auto_mode(enabled=False)
    events = [
        (await world.say(QUESTION, reply_url=sink.url, email=f"p{n}@example.com", name=f"P{n}")).event_id
        for n in range(number)
    ]
    await world.settle()
    await world.rows(
        """UPDATE event SET status = 'done', outcome = 'failed', reason = 'tried 5 times', waiting_for = NULL,
                  settled_at = now() WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s) RETURNING id""",
        ids=events[number // 2 :],
    )
    await world.set_auto_mode(enabled=True)
    return events


async def test_two_hundred_events_a_crash_and_the_same_batch_twice_send_each_reply_once(
    world: World, sink: Sink
) -> None:
    events = await waiting_and_failed(world, sink, 200)
    first, total = await started(world, filter=EventFilter())
    second, _ = await started(world, event_ids=events)
    assert total == 200
    crashing = asyncio.create_task(working.work_off(world.services.db, world.workspace.id, first, told=crash_after(60)))
    with pytest.raises(ConnectionError):
        await crashing
    assert (await progress(world, first))["done"] == 60
    await world.settle()  # the events of the first part are answered before anybody goes on
    done = [await worked_off(world, first), await worked_off(world, second), await worked_off(world, first)]
    await world.settle()
    assert done[0]["by_result"] == {"run": 100, "replayed": 100}
    assert done[1]["by_result"] == {"skipped": 200}
    assert done[1]["status"] == done[2]["status"] == "done"
    assert Counter(Counter(each["in_reply_to"] for each in sink.got).values()) == {1: 200}
    rows = await world.rows("SELECT outcome, count(*) AS n FROM event WHERE workspace_id = %s GROUP BY outcome")
    assert {row["outcome"]: row["n"] for row in rows} == {"answered": 200}


def crash_after(steps: int) -> Any:
    left = iter(range(steps - 1))

    def told() -> None:
        if next(left, None) is None:
            raise ConnectionError("the worker died")

    return told


async def test_two_workers_at_one_batch_do_each_event_once(world: World, sink: Sink) -> None:
    await waiting_and_failed(world, sink, 20)
    batch_id, _ = await started(world, filter=EventFilter())
    await asyncio.gather(*(worked_off(world, batch_id) for _ in range(3)))
    await world.settle()
    entries = await world.rows(
        "SELECT subject FROM audit_entry WHERE workspace_id = %s AND action IN ('event.run', 'event.replayed')"
    )
    assert len({entry["subject"] for entry in entries}) == len(entries) == 20
    assert len(sink.got) == 20


async def test_two_batches_worked_off_at_once_do_each_event_once(world: World, sink: Sink) -> None:
    await waiting_and_failed(world, sink, 20)
    batches = [(await started(world, filter=EventFilter()))[0] for _ in range(2)]
    done = await asyncio.gather(*(worked_off(world, batch_id) for batch_id in batches))
    counted = Counter[str]()
    for batch in done:
        counted.update(batch["by_result"])
    assert counted == {"run": 10, "replayed": 10, "skipped": 20}
    await world.settle()
    assert len(sink.got) == 20


async def test_in_manual_mode_a_batch_makes_drafts_that_wait_for_a_yes(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=False)
    await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    batch_id, _ = await started(world, filter=EventFilter(status="waiting", waiting_for="run"))
    assert (await worked_off(world, batch_id))["by_result"] == {"run": 1}
    await world.settle()
    assert sink.got == []
    [approval] = await world.rows("SELECT action, status FROM approval WHERE workspace_id = %s")
    assert approval == {"action": "reply", "status": "pending"}


async def test_what_cannot_be_processed_is_listed_with_its_reason(world: World, sink: Sink) -> None:
    answered = (await world.say(QUESTION, reply_url=sink.url)).event_id
    await world.settle()
    without_way_back = (await world.say(QUESTION, reply_url=None, email="b@example.com")).event_id
    await world.settle()
    queued = (await world.say(QUESTION, reply_url=sink.url, email="c@example.com")).event_id
    erased = (await world.say(QUESTION, reply_url=sink.url, email="d@example.com")).event_id
    await world.rows(
        """UPDATE event SET status = 'done', outcome = 'failed', match = '{"erased": true}'
           WHERE workspace_id = %s AND id = %s RETURNING id""",
        erased,
    )
    unknown = new_id()
    batch_id, total = await started(world, event_ids=[answered, without_way_back, queued, erased, unknown, unknown])
    assert total == 5
    assert (await worked_off(world, batch_id))["by_result"] == {"skipped": 4, "not_found": 1}
    why = await reasons(world, batch_id)
    assert "answered" in why[answered]
    assert "cannot answer" in why[without_way_back]
    assert "queued" in why[queued]
    assert "was erased" in why[erased]
    assert "no such event" in why[unknown]


async def test_an_event_that_fails_in_a_way_of_its_own_holds_up_no_other(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = await waiting_and_failed(world, sink, 6)
    errors = iter([NotFound("there is no channel 'pager'"), KeyError("a defect"), DataError("no such text")])
    run_event = working.run_event

    async def fails(*given: Any, **named: Any) -> None:
        if error := next(errors, None):
            raise error
        await run_event(*given, **named)

    monkeypatch.setattr(working, "run_event", fails)
    batch_id, _ = await started(world, event_ids=events)
    done = await worked_off(world, batch_id)
    assert (done["status"], done["by_result"]) == ("done", {"replayed": 3, "skipped": 3})
    assert {why for why in (await reasons(world, batch_id)).values() if why} == {
        "there is no channel 'pager'",
        "it could not be brought back: KeyError",
        "it could not be brought back: DataError",
    }


async def test_while_the_database_is_away_a_batch_waits(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = await waiting_and_failed(world, sink, 2)
    batch_id, _ = await started(world, event_ids=events)

    async def away(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    stored_event = working.stored_event
    monkeypatch.setattr(working, "stored_event", away)
    with pytest.raises(OperationalError):
        await worked_off(world, batch_id)
    monkeypatch.setattr(working, "stored_event", stored_event)
    assert (await worked_off(world, batch_id))["by_result"] == {"replayed": 1, "run": 1}


async def test_a_failed_event_whose_reply_left_is_replayed_without_a_second_one(world: World, sink: Sink) -> None:
    event_id = (await world.say(QUESTION, reply_url=sink.url)).event_id
    await world.settle()
    await world.rows(
        "UPDATE event SET outcome = 'failed' WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id", id=event_id
    )
    batch_id, _ = await started(world, event_ids=[event_id])
    assert (await worked_off(world, batch_id))["by_result"] == {"replayed": 1}
    await world.settle()
    assert len(sink.got) == 1
    assert "none will be sent" in (await reasons(world, batch_id))[event_id]


async def test_a_cancelled_batch_leaves_the_rest_alone(world: World, sink: Sink) -> None:
    await waiting_and_failed(world, sink, 6)
    batch_id, _ = await started(world, filter=EventFilter())
    with pytest.raises(ConnectionError):
        await working.work_off(world.services.db, world.workspace.id, batch_id, told=crash_after(2))
    async with world.services.db.transaction(world.workspace.id) as connection:
        await starting.cancel(connection, world.workspace.id, batch_id, by=BY)
    after = await worked_off(world, batch_id)
    assert (after["status"], after["done"]) == ("cancelled", 2)
    async with world.services.db.transaction(world.workspace.id) as connection:
        with pytest.raises(Conflict):
            await starting.cancel(connection, world.workspace.id, batch_id, by=BY)
    await world.settle()
    assert len(sink.got) == 2


async def test_a_filter_takes_what_fits_all_of_it(world: World, sink: Sink) -> None:
    events = await waiting_and_failed(world, sink, 4)
    async with world.services.db.workspace(world.workspace.id) as connection:

        async def fitting(**chosen: Any) -> int:
            rows = await choosing.matching(connection, world.workspace.id, EventFilter(**chosen))
            return sum(row["n"] for row in rows)

        contact = (await world.event(events[3]))["contact_id"]
        middle = (await world.event(events[1]))["created_at"]
        assert [await fitting(), await fitting(status="failed"), await fitting(waiting_for="run")] == [4, 2, 2]
        assert [await fitting(channel="email"), await fitting(waiting_for="person")] == [0, 0]
        assert [await fitting(since=middle), await fitting(until=middle)] == [3, 1]
        assert [await fitting(contact_id=contact), await fitting(contact_id=contact, status="waiting")] == [1, 0]
