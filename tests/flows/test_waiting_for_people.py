"""Who asked for a person is not forgotten: until somebody answers, the team is reminded, more and more rarely."""

from typing import Any

import pytest

from dynaris.pipeline import person
from dynaris.pipeline.watchdog import remind_of_unanswered
from tests.flows.conftest import Sink, World
from tests.flows.test_person_and_agent import access


async def asked_for_a_person(world: World, sink: Sink) -> dict[str, Any]:
    accepted = await world.say("I want to speak to a human, please.", reply_url=sink.url)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert event["outcome"] == "handed_off"
    return event


async def after(world: World, hours: int) -> list[str]:
    """So long after the hand-off, with the watchdog's look. Who was reminded until then, each time."""
    await world.rows(
        """UPDATE conversation SET respond_by = respond_by - make_interval(hours => %(hours)s),
               remind_at = remind_at - make_interval(hours => %(hours)s) WHERE workspace_id = %(ws)s RETURNING id""",
        hours=hours,
    )
    async with world.services.db.system() as connection:
        cursor = await connection.execute("SELECT * FROM due_work(1000)")
        due = [row for row in await cursor.fetchall() if row["workspace_id"] == world.workspace.id]
    for row in due:
        assert row["kind"] == "unanswered"
        for _ in range(2):  # two workers found it
            await remind_of_unanswered(world.services, world.workspace.id, row["id"])
    told = await world.rows(
        "SELECT member_id FROM notification WHERE workspace_id = %s AND starts_with(cause, 'unanswered:')"
    )
    return [str(row["member_id"]) for row in told]


async def test_the_team_is_reminded_at_the_deadline_and_then_more_and_more_rarely(world: World, sink: Sink) -> None:
    await asked_for_a_person(world, sink)
    assert await after(world, 3) == []
    assert [len(await after(world, hours)) for hours in (2, 5, 5, 5, 5, 5, 5, 5)] == [1, 2, 2, 3, 3, 3, 3, 4]


@pytest.mark.parametrize("end", ["reply", "hand back", "close"])
async def test_what_was_answered_or_given_back_is_reminded_of_no_more(world: World, sink: Sink, end: str) -> None:
    event = await asked_for_a_person(world, sink)
    if end == "reply":
        hello = person.Written(text="Hello.")
        await person.reply(world.services, access(world), conversation_id=event["conversation_id"], written=hello)
    elif end == "hand back":
        await person.hand_back(world.services, access(world), conversation_id=event["conversation_id"])
    else:
        await world.rows("UPDATE conversation SET status = 'closed' WHERE workspace_id = %s RETURNING id")
    assert await after(world, 100) == []


async def test_who_took_it_and_does_not_answer_is_reminded(world: World, sink: Sink) -> None:
    event = await asked_for_a_person(world, sink)
    who = access(world)
    await person.claim(world.services, who, conversation_id=event["conversation_id"])
    assert await after(world, 5) == [str(who.member_id)]
