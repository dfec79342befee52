"""What became of a send: retried, refused, unknown, each visible on the event that it answers."""

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
    accepted = await world.say("Is there parking?", reply_url="http://127.0.0.1:9/closed")
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
