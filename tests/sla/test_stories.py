"""Clocks in the whole flow: what agents, hand-offs, people, closing and erasure do to them."""

from typing import Any

import psycopg

from dynaris.conversations.handling import update_conversation
from dynaris.core import clock
from dynaris.pipeline import person, watchdog
from tests.flows.conftest import Sink
from tests.flows.phones import Phones, phones
from tests.flows.test_person_and_agent import access
from tests.sla.conftest import Desk, minutes, policy

__all__ = ["phones"]


async def conversation(desk: Desk) -> dict[str, Any]:
    (row,) = await desk.world.rows("SELECT * FROM conversation WHERE workspace_id = %s")
    return row


async def set_status(desk: Desk, **changes: Any) -> None:
    world, row = desk.world, await conversation(desk)
    async with world.services.db.transaction(world.workspace.id) as connection:
        await update_conversation(connection, world.workspace.id, conversation_id=row["id"], changes=changes, by="test")


async def asks_for_a_person(desk: Desk, sink: Sink) -> None:
    await desk.policies(policy())
    await desk.world.say("I want to speak to a human, please.", reply_url=sink.url)
    await desk.world.settle()


async def replies(desk: Desk, text: str = "Hello, this is Olivia.") -> None:
    row = await conversation(desk)
    await person.reply(
        desk.world.services, access(desk.world), conversation_id=row["id"], written=person.Written(text=text)
    )


async def test_an_agents_answer_in_auto_mode_stops_the_clock_at_once(desk: Desk, sink: Sink) -> None:
    await desk.policies(policy())
    await desk.world.say("Is there parking?", reply_url=sink.url)
    await desk.world.settle()
    assert len(sink.texts) == 1
    assert await desk.states() == [("first_response", "stopped"), ("resolution", "paused")]
    await desk.at(clock.now())
    first = await desk.clock("first_response")
    assert first["seconds"] < 60
    assert first["breached_at"] is None


async def test_what_a_hand_off_says_is_no_answer_and_a_persons_reply_is(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    assert len(sink.texts) == 1, "the contact was told that a person will answer"
    assert await desk.states() == [("first_response", "running"), ("resolution", "running")]
    await replies(desk)
    assert await desk.states() == [("first_response", "stopped"), ("resolution", "paused")]


async def test_what_our_people_write_on_the_phone_is_an_answer(desk: Desk, phones: Phones) -> None:
    await desk.policies(policy())
    ada = await phones.customer()
    await phones.writes(ada, "I want to speak to a human, please.")
    await phones.settled()
    assert await desk.states() == [("first_response", "running"), ("resolution", "running")]
    await phones.control.post(f"customers/{ada}/echo", json={"text": "I will call you at ten"})
    await phones.delivered()
    await phones.world.settle()
    assert await desk.states() == [("first_response", "stopped"), ("resolution", "paused")]


async def test_a_hand_off_has_the_policys_deadline(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    await desk.at(clock.now())
    assert (await conversation(desk))["respond_by"] == (await desk.clock("first_response"))["due_at"]


async def test_a_missed_target_is_told_of_once_and_not_as_a_reminder_besides(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    await desk.at(clock.now())
    await desk.ago(61)
    await desk.world.rows(
        "UPDATE conversation SET respond_by = respond_by - interval '61 minutes' WHERE workspace_id = %s RETURNING id"
    )
    await desk.at(clock.now())
    row = await conversation(desk)
    await watchdog.remind_of_unanswered(desk.world.services, desk.world.workspace.id, str(row["id"]))
    rows = await desk.world.rows(
        """SELECT topic FROM notification WHERE workspace_id = %s AND topic IN ('sla_breached', 'unanswered')
           ORDER BY id"""
    )
    assert [each["topic"] for each in rows] == ["sla_breached"]


async def test_manual_mode_does_not_stop_the_clock(desk: Desk, sink: Sink) -> None:
    await desk.policies(policy())
    await desk.world.set_auto_mode(enabled=False)
    accepted = await desk.world.say("Is there parking?", reply_url=sink.url)
    await desk.world.settle()
    assert await desk.states() == [("first_response", "running"), ("resolution", "running")]
    await desk.at(clock.now())
    assert (await desk.world.event(accepted.event_id))["deadline"] == (await desk.clock("first_response"))["due_at"]


async def test_closing_ends_the_resolution_and_reopening_goes_on_with_it(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    await desk.ago(100)
    await set_status(desk, status="closed")
    await desk.at(clock.now())
    assert await desk.states() == [("first_response", "cancelled"), ("resolution", "stopped")]
    assert (await desk.clock("resolution"))["seconds"] // 60 == 100
    # closed for an hour
    await desk.world.rows(
        """UPDATE sla_clock SET stopped_at = stopped_at - interval '60 minutes' WHERE workspace_id = %s
           AND kind = 'resolution' RETURNING id"""
    )
    await set_status(desk, status="open")
    await desk.at(clock.now())
    resolution = await desk.clock("resolution")
    left = resolution["due_at"] - clock.now()
    assert minutes(480 - 40 - 1) < left <= minutes(480 - 40)


async def test_what_comes_a_week_after_closing_is_another_matter(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    await replies(desk)
    await set_status(desk, status="closed")
    await desk.world.rows(
        """UPDATE sla_clock SET started_at = started_at - interval '8 days', stopped_at = stopped_at - interval '8 days'
           WHERE workspace_id = %s RETURNING id"""
    )
    await set_status(desk, status="open")
    assert sorted(row["status"] for row in await desk.clocks("resolution")) == ["running", "stopped"]


async def test_snoozing_pauses_the_resolution_and_waking_goes_on(desk: Desk, sink: Sink) -> None:
    await asks_for_a_person(desk, sink)
    await set_status(desk, status="snoozed")
    assert await desk.states() == [("first_response", "running"), ("resolution", "paused")]
    await set_status(desk, status="open")
    assert await desk.states() == [("first_response", "running"), ("resolution", "running")]


async def test_automatic_replies_start_nothing(desk: Desk, sink: Sink) -> None:
    await desk.policies(policy())
    accepted = await desk.world.say("I am out of the office until Monday.", reply_url=sink.url, event_id="one")
    await desk.world.rows(
        "UPDATE event SET status = 'done', outcome = 'ignored' WHERE workspace_id = %s AND id = %s RETURNING id",
        accepted.event_id,
    )
    await desk.world.settle()
    assert await desk.clocks() == []


async def test_a_statement_that_is_undone_starts_nothing(desk: Desk) -> None:
    await desk.policies(policy())
    opened = await desk.conversation()
    world = desk.world
    async with world.services.db.transaction(world.workspace.id) as connection:
        await connection.execute(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text)
               SELECT workspace_id, gen_random_uuid(), id, contact_id, gen_random_uuid(), 'inbound', 'contact', 'Hello'
               FROM conversation WHERE workspace_id = %s AND id = %s""",
            (world.workspace.id, opened),
        )
        raise psycopg.Rollback
    assert await desk.clocks() == []
