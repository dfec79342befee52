"""An erasure while somebody works for the contact: nothing leaves, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from dynaris.agents import herald
from dynaris.channels.contract import Arrival
from dynaris.contacts.merge import perform
from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.pipeline import identify as identifying
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.intake import store
from dynaris.pipeline.requeue import run_event
from dynaris.privacy import erasure, removal
from tests.flows.conftest import Sink, World
from tests.privacy.traces import where_is


@dataclass
class Pause:
    """Where a turn stops after the agent has spoken, until it may go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def pause(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pause]:
    stopped, run_turn = Pause(), herald.run_turn

    async def run(*args: Any, **named: Any) -> Any:
        ended = await run_turn(*args, **named)
        stopped.reached.set()
        await stopped.go.wait()
        return ended

    monkeypatch.setattr(herald, "run_turn", run)
    yield stopped
    stopped.go.set()


async def contact_of(world: World, event_id: UUID) -> UUID:
    return (await world.event(event_id))["contact_id"]


async def test_an_erasure_waits_for_the_turn_under_way_whose_answer_never_leaves(
    world: World, sink: Sink, pause: Pause, database_url: str
) -> None:
    word = f"zq{new_id().hex}"
    accepted = await world.say(f"Is there parking? {word}", reply_url=sink.url, name=word, email=f"{word}@example.com")
    working = asyncio.create_task(world.settle())
    await pause.reached.wait()
    contact = await contact_of(world, accepted.event_id)
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    assert not await erasure.erase(world.services, world.workspace.id, row["id"])
    pause.go.set()
    await working
    await world.rows("UPDATE lane SET holder = NULL WHERE workspace_id = %s RETURNING lane")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    assert sink.got == []
    assert await where_is(word, database_url, world.services.settings.home) == []


async def test_what_a_turn_writes_that_lost_its_lane_goes_with_the_second_look(
    world: World, sink: Sink, pause: Pause, database_url: str
) -> None:
    word = f"zq{new_id().hex}"
    accepted = await world.say(f"Is there parking? {word}", reply_url=sink.url, name=word, email=f"{word}@example.com")
    working = asyncio.create_task(world.settle())
    await pause.reached.wait()
    contact = await contact_of(world, accepted.event_id)
    run_id = (await world.event(accepted.event_id))["run_id"]
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    await world.rows("UPDATE lane SET lease_until = now() - interval '1 s' WHERE workspace_id = %s RETURNING lane")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    await world.rows(
        """INSERT INTO run_step (workspace_id, id, run_id, position, kind, request, done)
           VALUES (%(ws)s, %(id)s, %(run)s, 77, 'note', jsonb_build_object('late', %(word)s::text), true)
           RETURNING id""",
        id=new_id(),
        run=run_id,
        word=word,
    )
    pause.go.set()
    await working
    now = clock.now()
    clock.set_source(lambda: now + timedelta(minutes=6))
    try:
        assert await erasure.erase(world.services, world.workspace.id, row["id"])
    finally:
        clock.set_source(None)
    assert sink.got == []
    assert await where_is(word, database_url, world.services.settings.home) == []
    (done,) = await world.rows("SELECT * FROM erasure WHERE workspace_id = %s AND id = %s", row["id"])
    assert done["swept_at"]


async def test_two_who_ask_at_once_begin_one_erasure(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact = await contact_of(world, accepted.event_id)
    asked = [
        erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system") for _ in range(4)
    ]
    answers = await asyncio.gather(*asked)
    assert len({row["id"] for row, _ in answers}) == 1
    assert sorted(already for _, already in answers) == [False, True, True, True]


async def test_a_contact_that_is_being_erased_is_not_found_and_merges_with_nobody(world: World) -> None:
    one = await world.say("Is there parking?", reply_url=None)
    two = await world.say("Is there parking?", reply_url=None, email="bob@example.com")
    await world.settle()
    contact, other = await contact_of(world, one.event_id), await contact_of(world, two.event_id)
    await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    async with world.services.db.transaction(world.workspace.id) as connection:
        with pytest.raises(NotFound):
            await perform(connection, world.workspace.id, other, contact, reason="late", by="system")


async def test_mail_that_comes_while_the_erasure_waits_is_a_new_contacts(world: World, sink: Sink) -> None:
    first = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    contact = await contact_of(world, first.event_id)
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    second = await world.say("What are your opening hours?", reply_url=sink.url)
    await world.settle()
    await world.rows("UPDATE lane SET holder = NULL WHERE workspace_id = %s RETURNING lane")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    event = await world.event(second.event_id)
    assert event["contact_id"] != contact
    assert event["outcome"] == "answered"
    assert event["raw"]


async def test_a_long_removal_keeps_its_lanes_and_gives_back_no_other_workers(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "LEASE_SECONDS", 0.3)
    monkeypatch.setattr(removal, "_RENEW_SECONDS", 0.05)
    first = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    row, _ = await erasure.request(
        world.services, world.workspace.id, await contact_of(world, first.event_id), reason="requested", by="system"
    )
    await world.say("What are your opening hours?", reply_url=sink.url)
    other, deleted = new_id(), removal.delete_files
    take = """UPDATE lane SET holder = %(other)s, lease_until = now() + interval '1 hour'
              WHERE workspace_id = %(ws)s AND (lease_until < clock_timestamp() OR %(force)s) RETURNING lane"""

    async def slowly(*given: Any) -> int:
        await asyncio.sleep(0.7)
        assert await world.rows(take, other=other, force=False) == []
        assert await world.rows(take, other=other, force=True)  # as if the erasure had slept through its lease
        return await deleted(*given)

    monkeypatch.setattr(erasure, "delete_files", slowly)
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    lanes = await world.rows("SELECT holder FROM lane WHERE workspace_id = %s")
    assert [lane["holder"] for lane in lanes] == [other]


async def erased(world: World, contact: UUID) -> None:
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    await world.rows("UPDATE lane SET holder = NULL WHERE workspace_id = %s RETURNING lane")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])


async def test_what_an_agent_asks_for_meanwhile_is_asked_of_nobody(world: World, sink: Sink, pause: Pause) -> None:
    await world.set_auto_mode(enabled=False)
    event_id = (await world.say("Is there parking?", reply_url=sink.url)).event_id
    await world.settle()
    async with world.services.db.transaction(world.workspace.id) as connection:
        await run_event(connection, world.workspace.id, event_id=event_id, by="member:tester")
    working = asyncio.create_task(world.settle())
    await pause.reached.wait()
    contact = await contact_of(world, event_id)
    await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    pause.go.set()
    await working
    assert len(await world.rows("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'")) == 1
    await erased(world, contact)
    assert await world.rows("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'") == []


@pytest.mark.parametrize("is_late", [False, True], ids=["before the request", "after it"])
async def test_mail_that_found_its_contact_just_before_the_fence(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch, is_late: bool
) -> None:
    first = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    contact = await contact_of(world, first.event_id)
    second = await world.say("What are your opening hours?", reply_url=sink.url)
    resolve = identifying.resolve_joined

    async def erased_meanwhile(*given: Any, **named: Any) -> Any:
        match = await resolve(*given, **named)
        if match.contact_id == contact:
            await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
            if is_late:
                await world.rows(
                    """UPDATE event SET created_at = clock_timestamp() WHERE workspace_id = %s AND id = %s
                       RETURNING id""",
                    second.event_id,
                )
        return match

    monkeypatch.setattr(identifying, "resolve_joined", erased_meanwhile)
    await world.settle()
    await erased(world, contact)
    await world.settle()
    event = await world.event(second.event_id)
    if is_late:
        assert event["contact_id"] not in (None, contact)
        assert (event["outcome"], event["reason"]) == ("answered", None)
        assert len(sink.got) == 2
    else:
        assert (event["contact_id"], event["outcome"], event["raw"]) == (contact, "ignored", b"")
        assert len(sink.got) == 1


async def test_a_contact_that_is_merged_in_this_moment_goes_with_what_it_became(world: World) -> None:
    events = [
        await world.say("Is there parking?", reply_url=None, email=email) for email in ("a@a.example", "b@b.example")
    ]
    await world.settle()
    keep, drop = [await contact_of(world, event.event_id) for event in events]
    async with world.services.db.transaction(world.workspace.id) as connection:
        await perform(connection, world.workspace.id, keep, drop, reason="one person", by="system")
        asking = asyncio.create_task(
            erasure.request(world.services, world.workspace.id, drop, reason="requested", by="system")
        )
        await world.until_somebody_waits()
    row, _ = await asking
    assert row["contact_ids"] == [keep, drop]


async def test_an_answer_that_outlives_its_contact_does_not_leave(world: World, sink: Sink) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        outbox_id = await enqueue(
            connection,
            world.workspace.id,
            audience="contact",
            channel="generic",
            account_id=world.source.id,
            recipient=sink.url,
            content={"text": "Written a moment before the contact went."},
            dedupe_key="late",
            contact_id=new_id(),
        )
    assert outbox_id
    assert await deliver(world.services, world.workspace.id, outbox_id) == "cancelled"
    assert sink.got == []


async def test_mail_that_is_stored_while_a_lane_is_given_back_keeps_its_lane(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    row, _ = await erasure.request(
        world.services, world.workspace.id, await contact_of(world, first.event_id), reason="requested", by="system"
    )
    deleted, stored, go = removal.delete_files, asyncio.Event(), asyncio.Event()

    async def mail() -> None:
        body = {"id": "late", "type": "message", "from": {"email": "ada@example.com"}, "text": "Hello?"}
        arrival = Arrival(external_id="late", lane="generic:ada@example.com", raw=orjson.dumps(body))
        async with world.services.db.transaction(world.workspace.id) as connection:
            await store(world.services, connection, world.source, arrival)
            stored.set()
            await go.wait()

    arriving: list[asyncio.Task[None]] = []

    async def while_mail_comes(*given: Any) -> int:
        arriving.append(asyncio.create_task(mail()))
        await stored.wait()
        return await deleted(*given)

    monkeypatch.setattr(erasure, "delete_files", while_mail_comes)
    erasing = asyncio.create_task(erasure.erase(world.services, world.workspace.id, row["id"]))
    await world.until_somebody_waits()
    go.set()
    await asyncio.gather(erasing, *arriving)
    lanes = await world.rows("SELECT lane, holder FROM lane WHERE workspace_id = %s AND due_at IS NOT NULL")
    assert lanes == [{"lane": "generic:ada@example.com", "holder": None}]
