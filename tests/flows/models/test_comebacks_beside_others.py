"""What comes back to the AI while people, the contact or other waits have a say in it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dynaris.core import clock
from dynaris.pipeline import person
from dynaris.pipeline.requeue import replay
from tests.fakes.model_server import Say
from tests.flows.models.conftest import Wired
from tests.flows.models.outage import (
    BACK,
    UNKNOWN,
    conversation_of,
    handed_on,
    impatient,
    in_bursts,
    look,
    of_owner,
    waiting,
)

__all__ = ["impatient", "in_bursts"]


async def both_under_way(wired: Wired, first: dict[str, Any]) -> None:
    """The conversation as it was when the first one's turn began: another lane's has begun, too."""
    await wired.world.rows(
        """UPDATE conversation SET holder = 'agent', respond_by = NULL
           WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        id=first["conversation_id"],
    )


async def test_two_that_wait_in_one_conversation_come_back_together(wired: Wired) -> None:
    await wired.use("openai-compatible")
    first = await handed_on(wired)
    await both_under_way(wired, first)
    second = await handed_on(wired, "Do you also sell antique barometers, and which ones?")
    assert second["conversation_id"] == first["conversation_id"]
    assert len(await waiting(wired)) == 2
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    assert await waiting(wired) == []
    await wired.world.settle()
    outcomes = [(await wired.world.event(each["id"]))["outcome"] for each in (first, second)]
    assert outcomes == ["answered", "answered"]
    notes = await wired.world.rows("SELECT text FROM message WHERE workspace_id = %s AND author = 'system'")
    assert len(notes) == 1


async def test_of_two_that_wait_in_one_conversation_the_one_that_a_person_took_stays_theirs(wired: Wired) -> None:
    await wired.use("openai-compatible")
    first = await handed_on(wired)
    await person.hand_back(wired.world.services, of_owner(wired), conversation_id=first["conversation_id"])
    second = await handed_on(wired, "Do you also sell antique barometers, and which ones?")
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    await wired.world.settle()
    outcomes = [(await wired.world.event(each["id"]))["outcome"] for each in (first, second)]
    assert outcomes == ["handed_off", "answered"]


@pytest.mark.parametrize("waits_first", [True, False])
async def test_a_conversation_that_the_team_has_for_another_reason_too_does_not_come_back(
    wired: Wired, waits_first: bool
) -> None:
    await wired.use("openai-compatible")
    first = await handed_on(wired, UNKNOWN if waits_first else "I want to speak to a human, please.")
    await both_under_way(wired, first)
    if not waits_first:  # the second one had come before the first was handed on
        await wired.world.rows(
            "UPDATE event SET settled_at = now() + interval '1 hour' WHERE workspace_id = %s AND id = %s RETURNING id",
            first["id"],
        )
    await handed_on(wired, "I want to speak to a human, please." if waits_first else UNKNOWN)
    assert len(await waiting(wired)) == 1
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0
    assert (await conversation_of(wired, first))["holder"] == "team"
    assert await waiting(wired) == []


@pytest.mark.parametrize("touch", ["claims", "replies", "hands back", "keeps a note", "replays"])
async def test_what_a_person_touched_stays_theirs(wired: Wired, touch: str) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    services, owner = wired.world.services, of_owner(wired)
    conversation_id: UUID = event["conversation_id"]
    if touch == "claims":
        await person.claim(services, owner, conversation_id=conversation_id)
    elif touch == "hands back":
        await person.hand_back(services, owner, conversation_id=conversation_id)
    elif touch == "replays":
        async with services.db.transaction(wired.world.workspace.id) as connection:
            await replay(connection, wired.world.workspace.id, event_id=event["id"], by=owner.actor)
    else:
        note = touch == "keeps a note"
        written = person.Written(text="I look into it.", note=note)
        await person.reply(services, owner, conversation_id=conversation_id, written=written)
    before = (await wired.world.event(event["id"]), await conversation_of(wired, event))
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0
    assert (await wired.world.event(event["id"]), await conversation_of(wired, event)) == before
    assert await waiting(wired) == []


async def test_a_person_who_claims_in_that_moment_has_it(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    services = wired.world.services
    wired.server.otherwise = Say(BACK)
    async with services.db.transaction(wired.world.workspace.id) as connection:
        await connection.execute(
            """UPDATE conversation SET holder = 'member', holder_id = %s, hold_until = now() + interval '1 hour'
               WHERE workspace_id = %s AND id = %s""",
            (wired.world.workspace.owner_id, wired.world.workspace.id, event["conversation_id"]),
        )
        looking = asyncio.create_task(look(wired))
        await wired.world.until_somebody_waits()
    assert await looking == 0
    assert (await wired.world.event(event["id"]))["outcome"] == "handed_off"


async def test_a_person_who_claims_before_it_ran_has_it(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    told = list(wired.sink.texts)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    await person.claim(wired.world.services, of_owner(wired), conversation_id=event["conversation_id"])
    await wired.world.settle()
    after = await wired.world.event(event["id"])
    assert (after["status"], after["waiting_for"]) == ("waiting", "person")
    assert after["owner_id"] == wired.world.workspace.owner_id
    assert wired.sink.texts == told


async def test_what_the_contact_wrote_meanwhile_is_answered_together_with_it(wired: Wired) -> None:
    in_bursts(wired)
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    later = await wired.ask("One of them is two metres tall.")
    assert (later["status"], later["waiting_for"]) == ("waiting", "person")
    told, asked = list(wired.sink.texts), len(wired.server.asked)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    await wired.world.settle()
    assert wired.sink.texts == [*told, BACK]
    assert len(wired.server.asked) == asked + 2  # the look, and one answer to both
    first, second = await wired.world.event(event["id"]), await wired.world.event(later["id"])
    assert (first["outcome"], second["outcome"]) == ("answered", "answered")
    assert first["run_id"] == second["run_id"]
    assert "antique clocks" in str(wired.server.asked[-1])
    assert "two metres tall" in str(wired.server.asked[-1])


async def test_what_was_looked_at_in_that_moment_is_answered_with_it(wired: Wired) -> None:
    """It saw that the team had the conversation, and was written down as waiting after the way back."""
    in_bursts(wired)
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    later = await wired.ask("One of them is two metres tall.")
    told = len(wired.sink.texts)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    await wired.world.rows(
        """UPDATE event SET status = 'waiting', waiting_for = 'person', run_id = NULL
           WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        id=later["id"],
    )
    await wired.world.settle()
    outcomes = [(await wired.world.event(each["id"]))["outcome"] for each in (event, later)]
    assert outcomes == ["answered", "answered"]
    assert wired.sink.texts[told:] == [BACK]


async def test_in_manual_mode_nothing_comes_back(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    await wired.world.set_auto_mode(enabled=False)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0
    assert (await conversation_of(wired, event))["holder"] == "team"
    assert (await wired.world.event(event["id"]))["outcome"] == "handed_off"


async def test_manual_mode_before_it_ran_makes_it_wait_for_a_teammate(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    told = list(wired.sink.texts)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    await wired.world.set_auto_mode(enabled=False)
    await wired.world.settle()
    after = await wired.world.event(event["id"])
    assert (after["status"], after["waiting_for"], wired.sink.texts) == ("waiting", "run", told)
    assert after["deadline"] > clock.now()
