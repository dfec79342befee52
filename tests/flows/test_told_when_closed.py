"""What a contact is told who needs a person while nobody is there, and whom a team's hand-off reaches."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from dynaris.agents.closed_words import closed_until
from dynaris.core import clock
from dynaris.workspaces.teams import change_team, create_team
from tests.flows.conftest import Sink, World
from tests.flows.phones import Phones, phones
from tests.notifications.conftest import Clinic

__all__ = ["phones"]

SATURDAY = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
CLOSED = "We are back on Monday, 30 November, at 8:00."


async def opens(world: World, **hours: list[str]) -> None:
    await world.rows(
        """UPDATE workspace SET business_hours = %(hours)s, timezone = 'Europe/Berlin'
           WHERE id = %(ws)s RETURNING id""",
        hours=Jsonb(hours),
    )


async def asks(world: World, sink: Sink, text: str = "I want to talk to a person, please.") -> list[str]:
    await world.say(text, reply_url=sink.url)
    with clock.stopped_at(SATURDAY):
        await world.settle()
    return sink.texts


async def test_who_asks_for_a_person_out_of_hours_is_told_once_when_somebody_is_there(world: World, sink: Sink) -> None:
    await opens(world, monday=["08:00-18:00"])
    [told] = await asks(world, sink)
    assert told.endswith(f"\n\n{CLOSED}")
    assert await asks(world, sink, "Hello?") == [told], "the team has it: nothing is told twice"


@pytest.mark.parametrize("hours", [{}, {"saturday": ["10:00-18:00"]}], ids=["nobody said when", "open"])
async def test_while_somebody_is_there_no_hours_are_told(world: World, sink: Sink, hours: dict[str, list[str]]) -> None:
    await opens(world, **hours)
    [told] = await asks(world, sink)
    assert "closed" not in told


async def test_a_special_day_is_closed_too(world: World, sink: Sink) -> None:
    await opens(world, monday=["08:00-18:00"], tuesday=["09:30-12:00"])
    await world.rows(
        "UPDATE workspace SET hours_exceptions = %(days)s WHERE id = %(ws)s RETURNING id",
        days=Jsonb([{"date": "2026-11-30", "hours": [], "note": None}]),
    )
    [told] = await asks(world, sink)
    assert told.endswith("We are back on Tuesday, 1 December, at 9:30.")


async def test_in_manual_mode_nobody_is_told_anything(world: World, sink: Sink) -> None:
    await opens(world, monday=["08:00-18:00"])
    await world.set_auto_mode(enabled=False)
    assert await asks(world, sink) == []


@pytest.mark.parametrize(
    ("text", "routed", "told"),
    [
        ("Ich möchte mit einem Menschen sprechen", None, "Ab Montag, 30. November, 8:00 Uhr sind wir wieder da."),
        ("Quiero hablar con una persona, por favor", None, "Volvemos el lunes 30 de noviembre a las 8:00."),
        ("👋", "fr", "Nous serons de retour le lundi 30 novembre à 8:00."),
        ("👋", "xx", "We are back on Monday, 30 November, at 8:00."),
    ],
)
def test_it_is_told_in_the_contacts_language(text: str, routed: str | None, told: str) -> None:
    assert closed_until(datetime(2026, 11, 30, 8, 0, tzinfo=UTC), text, routed).endswith(told)


async def mapped_team(phones: Phones, *members: UUID, **changes: object) -> UUID:
    world = phones.world
    async with world.services.db.transaction(world.workspace.id) as connection:
        team = await create_team(connection, world.workspace.id, name="Desk", member_ids=list(members), by="system")
        await change_team(connection, world.workspace.id, team_id=team, changes=changes, by="system")
    path = f"/api/accounts/{phones.account_id}/mappings"
    assert (await phones.owner.put(path, json={"items": [{"team_id": str(team)}]})).status_code == 200
    world.services.accounts.forget()
    return team


async def test_a_team_that_is_asked_one_by_one_is_not_told_all_at_once(phones: Phones) -> None:
    world = phones.world
    tess = await Clinic(world.services.db, world.workspace).member("tess")
    team = await mapped_team(phones, tess, strategy="next_available")
    await phones.writes(await phones.customer(), "Is there parking?")
    await phones.settled()
    assert await world.rows("SELECT id FROM notification WHERE workspace_id = %s") == []
    entries = await world.rows("SELECT team_id, moved FROM queue_entry WHERE workspace_id = %s")
    assert entries == [{"team_id": team, "moved": False}]


async def test_a_closed_teams_stand_in_is_asked_and_no_hours_are_told(phones: Phones) -> None:
    world = phones.world
    tess = await Clinic(world.services.db, world.workspace).member("tess")
    team = await mapped_team(phones)
    ada = await phones.customer()
    async with world.services.db.transaction(world.workspace.id) as connection:
        night = await create_team(connection, world.workspace.id, name="Night", member_ids=[tess], by="system")
        another_day = f"{clock.now() + timedelta(days=3):%A}".lower()
        closed = {"business_hours": {another_day: ["08:00-18:00"]}, "closed_team_id": night}
        await change_team(connection, world.workspace.id, team_id=team, changes=closed, by="system")
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    assert [each["text"] for each in await phones.got(ada)] == [
        "Thank you for your message. A colleague will take over and get back to you."
    ], "somebody answers: the stand-in"
    told = await world.rows("SELECT member_id FROM notification WHERE workspace_id = %s AND topic = 'hand_off'")
    assert told == [{"member_id": tess}]


async def test_what_agents_hand_off_reaches_the_team_that_takes_it(world: World, sink: Sink) -> None:
    clinic = Clinic(world.services.db, world.workspace)
    tess = await clinic.member("tess")
    by = {"by": "system"}
    async with world.services.db.transaction(world.workspace.id) as connection:
        first = await create_team(connection, world.workspace.id, name="Office", member_ids=[], **by)
        desk = await create_team(connection, world.workspace.id, name="Front desk", member_ids=[tess], **by)
        for team in (first, desk):
            changes = {"takes_hand_offs": True, "business_hours": {"monday": ["09:00-12:00"]}}
            await change_team(connection, world.workspace.id, team_id=team, changes=changes, **by)
    rows = await world.rows("SELECT id FROM team WHERE workspace_id = %s AND takes_hand_offs")
    assert rows == [{"id": desk}], "one at most"
    [told] = await asks(world, sink)
    assert told.endswith("We are back on Monday, 30 November, at 9:00."), "by this team's hours"
    (conversation,) = await world.rows("SELECT team_id FROM conversation WHERE workspace_id = %s")
    assert conversation["team_id"] == desk
    rows = await world.rows("SELECT member_id FROM notification WHERE workspace_id = %s AND topic = 'hand_off'")
    assert rows == [{"member_id": tess}]
