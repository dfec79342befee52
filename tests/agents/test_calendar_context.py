"""Which agent is told what of the calendar, and in which turn."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents import herald
from dynaris.agents.specialists import specialists
from dynaris.agents.turn import Approved, Paused
from dynaris.channels.contract import Identity
from dynaris.scheduling import actions, catalogue
from tests.agents.conftest import MANUAL, NOW, Script, Story, UseModel, call

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


async def booked(story: Story, *, conversation_id: UUID) -> None:
    await story.execute(
        "UPDATE workspace SET timezone = 'Europe/Berlin', business_hours = %s WHERE id = %s",
        *(Jsonb({day: ["09:00-18:00"] for day in DAYS}), story.workspace.id),
    )
    async with story.db.transaction(story.workspace.id) as connection:
        await catalogue.add_person(connection, story.workspace.id, fields={"name": "Anna"}, by="system")
        fields = {"name": "Massage", "duration_minutes": 30}
        service = await catalogue.add_service(connection, story.workspace.id, fields=fields, by="system")
        await actions.book(
            connection,
            story.workspace.id,
            service_id=service.id,
            starts_at=NOW + timedelta(days=1),
            contact_id=story.contact_id,
            conversation_id=conversation_id,
            key="1",
            by="agent:scheduling",
            now=NOW,
        )


async def told(story: Story, use_model: UseModel, **changes: Any) -> str:
    model = Script("Tomorrow.")
    use_model(model)
    await herald.run_turn(story.db, story.request("When was it?", **changes))
    return model.instructions[0]


async def test_a_language_model_knows_the_appointments_whichever_agent_asks_it(
    story: Story, use_model: UseModel
) -> None:
    await booked(story, conversation_id=story.conversation_id)
    shown = await told(story, use_model)
    assert 'service="Massage" with="Anna" starts_at="2026-03-03T11:00+01:00"' in shown
    assert "<service " not in shown


async def test_an_appointment_of_another_conversation_is_told_to_who_proved_who_they_are(
    story: Story, use_model: UseModel
) -> None:
    await booked(story, conversation_id=await story.open(channel="email"))
    assert "<booking" not in await told(story, use_model)
    story.run_id = type(story)(story.db, story.workspace).run_id
    assert "<booking" in await told(story, use_model, identity=Identity.VERIFIED)


def test_who_books_can_keep_what_a_contact_needs_and_who_reads_the_web_cannot() -> None:
    assert [one.name for one in specialists().values() if "remember" not in one.tools] == ["research"]


async def test_who_books_still_knows_the_services_after_a_pause_in_which_the_contact_wrote_more(
    story: Story, use_model: UseModel
) -> None:
    await booked(story, conversation_id=story.conversation_id)
    model = Script(call("add_note", text="Wants another time."), "Gladly.", "Gladly.")
    use_model(model)
    request = story.request("I want another time.", agent="scheduling", policy=MANUAL)
    paused = await herald.run_turn(story.db, request)
    assert isinstance(paused, Paused)
    verdicts = {paused.proposals[0].call_id: Approved()}
    await herald.run_turn(story.db, request, verdicts=verdicts, additions=["On Friday, please."])
    assert "On Friday, please." in str(model.asked[-1])
    assert '<service id="' in model.instructions[-1]
    assert "<booking" in model.instructions[-1]
