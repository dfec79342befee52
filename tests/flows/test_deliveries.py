"""What became of a send: retried, refused, unknown, each visible on the event that it answers."""

import asyncio

import pytest

from dynaris.channels.contract import Identity
from dynaris.pipeline import deliver as delivering
from dynaris.pipeline import inbound
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.requeue import run_event
from dynaris.pipeline.verdict import decide_approval
from dynaris.pipeline.watchdog import send_due
from tests.flows.conftest import Sink, World


async def due_again(world: World) -> None:
    rows = await world.rows(
        "UPDATE outbox SET due_at = now() WHERE workspace_id = %s AND status IN ('queued', 'sending') RETURNING id"
    )
    for row in rows:
        await send_due(world.services, world.workspace.id, str(row["id"]))


async def test_a_busy_provider_gets_the_same_message_later(world: World, sink: Sink) -> None:
    sink.statuses = [503]
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "delivery")

    await due_again(world)
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert len({each["key"] for each in sink.got}) == 1


async def test_a_refused_reply_waits_for_a_person_with_the_providers_reason(world: World, sink: Sink) -> None:
    sink.statuses = [410]
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "delivery")
    assert "410" in event["reason"]
    await due_again(world)
    assert len(sink.got) == 1


async def test_a_lost_receipt_is_never_sent_again_blindly(world: World, sink: Sink) -> None:
    sink.statuses = [500]
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    await due_again(world)

    assert len(sink.got) == 1
    assert "nobody knows" in (await world.event(accepted.event_id))["reason"]
    outbox = await world.rows("SELECT status FROM outbox WHERE workspace_id = %s")
    assert outbox[0]["status"] == "unknown"


async def test_an_unreachable_provider_is_tried_later(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url="http://127.0.0.1:1024/closed")
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "delivery")
    outbox = await world.rows("SELECT status, attempts FROM outbox WHERE workspace_id = %s")
    assert outbox == [{"status": "queued", "attempts": 1}]


async def test_an_event_without_reply_url_waits_for_a_person(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert "reply_url" in event["reason"]


async def test_nothing_is_sent_to_a_contact_marked_do_not_contact(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    await world.rows("UPDATE contact SET status = 'do_not_contact' WHERE workspace_id = %s RETURNING id")
    later = await world.say("And what are your opening hours?", reply_url=sink.url)
    await world.settle()
    assert len(sink.got) == 1
    assert (await world.event(later.event_id))["waiting_for"] == "person"


async def paths(sink: Sink) -> list[str]:
    return [each["path"] for each in sink.got]


async def test_each_event_of_a_burst_is_answered_where_it_asked_to_be(world: World, sink: Sink) -> None:
    first = await world.say("Is there parking?", reply_url=f"{sink.url}/a")
    second = await world.say("What does a first assessment cost?", reply_url=f"{sink.url}/b")
    await world.settle()
    assert await paths(sink) == ["/reply/a", "/reply/b"]
    assert "garage" in sink.texts[0]
    assert "€75" in sink.texts[1]
    assert [(await world.event(each.event_id))["outcome"] for each in (first, second)] == ["answered"] * 2


async def test_an_approved_reply_goes_where_its_event_came_from_whatever_came_since(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    first = await world.say("Is there parking?", reply_url=f"{sink.url}/a")
    await world.say("What does a first assessment cost?", reply_url=f"{sink.url}/b")
    await world.settle()
    async with world.services.db.transaction(world.workspace.id) as connection:
        await run_event(connection, world.workspace.id, event_id=first.event_id, by="member:tester")
    await world.settle()
    (approval,) = await world.rows("SELECT id FROM approval WHERE workspace_id = %s")
    await decide_approval(
        world.services, world.workspace.id, approval["id"], decision="approve", edits=None, reason=None, by="member:m"
    )
    waiting = await world.event(first.event_id)
    assert (waiting["status"], waiting["waiting_for"]) == ("waiting", "delivery")
    (row,) = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND audience = 'contact'")
    await deliver(world.services, world.workspace.id, row["id"])
    assert await paths(sink) == ["/reply/a"]


async def test_an_event_is_answered_as_who_it_came_from_whoever_wrote_since(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    first = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    await world.rows("UPDATE conversation SET identity = 'verified' WHERE workspace_id = %s RETURNING id")
    await world.rows(
        """UPDATE event SET match = match || '{"answered_as": "failed"}' WHERE workspace_id = %s RETURNING id"""
    )
    async with world.services.db.transaction(world.workspace.id) as connection:
        await run_event(connection, world.workspace.id, event_id=first.event_id, by="member:tester")
    seen: list[Identity] = []

    async def look(_: object, inquiry: inbound.Inquiry) -> None:
        seen.append(inquiry.identity)

    monkeypatch.setattr(inbound, "handle", look)
    await world.settle()
    assert set(seen) == {Identity.FAILED}


async def test_a_slow_send_stays_with_its_sender(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_RENEW_SECONDS", 0.05)
    sink.seconds = 0.5
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    working = asyncio.create_task(world.settle())
    await sink.reached.wait()
    query = "SELECT due_at, claimed_at, due_at - claimed_at AS lease, status FROM outbox WHERE workspace_id = %s"
    (early,) = await world.rows(query)
    await asyncio.sleep(0.2)
    (late,) = await world.rows(query)
    assert early["status"] == late["status"] == "sending"
    assert early["lease"].total_seconds() < 10  # of a process that dies now
    assert late["due_at"] > early["due_at"]
    await working
    assert (await world.event(accepted.event_id))["outcome"] == "answered"


async def test_people_are_told_when_the_word_that_a_person_takes_over_does_not_arrive(world: World, sink: Sink) -> None:
    sink.statuses = [410]
    accepted = await world.say("I want to speak to a human", reply_url=sink.url)
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "handed_off"
    titles = await world.rows("SELECT title FROM notification WHERE workspace_id = %s ORDER BY id")
    assert any("did not go out" in row["title"] for row in titles), titles
