"""A conversation that was given to a team: its members are told, then the others, until somebody takes it."""

from datetime import timedelta
from uuid import UUID

from dynaris.app.worker import teller_of
from dynaris.conversations.actions import claim
from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.notifications.telling import tell_due
from dynaris.pipeline.handing import hand_to
from dynaris.pipeline.watchdog import raise_overdue, remind_of_unanswered
from dynaris.workspaces.access import Access
from dynaris.workspaces.teams import create_team
from tests.flows.conftest import Sink, World
from tests.notifications.conftest import Clinic


async def given_to_tess(world: World, sink: Sink) -> tuple[UUID, UUID]:
    """The conversation, and Tess, who is the team that has it; what was told before is forgotten."""
    await world.set_auto_mode(enabled=False)
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    tess = await Clinic(world.services.db, world.workspace).member("tess")
    async with world.services.db.transaction(world.workspace.id) as connection:
        team = await create_team(connection, world.workspace.id, name=new_id().hex, member_ids=[tess], by="system")
    await world.rows("DELETE FROM notification WHERE workspace_id = %s RETURNING id")
    owner = world.workspace.owner_id
    access = Access(world.workspace.id, f"member:{owner}", owner, "owner")
    await hand_to(world.services, access, event_id=accepted.event_id, member_id=None, team_id=team, note=None)
    [conversation] = await world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    return conversation["id"], tess


async def told(world: World) -> list[tuple[str, UUID]]:
    rows = await world.rows("SELECT topic, member_id FROM notification WHERE workspace_id = %s ORDER BY id")
    return [(row["topic"], row["member_id"]) for row in rows]


async def wait(world: World, minutes: int) -> None:
    await tell_due(teller_of(world.services), world.workspace.id, now=clock.now() + timedelta(minutes=minutes))


async def overdue(world: World, conversation_id: UUID) -> None:
    """Its deadline is over, and that of what waits in it."""
    late = {"late": clock.now() - timedelta(minutes=1)}
    await world.rows(
        "UPDATE conversation SET respond_by = %(late)s, remind_at = NULL WHERE workspace_id = %(ws)s RETURNING id",
        **late,
    )
    events = await world.rows(
        "UPDATE event SET deadline = %(late)s WHERE workspace_id = %(ws)s AND status = 'waiting' RETURNING id", **late
    )
    await remind_of_unanswered(world.services, world.workspace.id, str(conversation_id))
    for event in events:
        await raise_overdue(world.services, world.workspace.id, str(event["id"]))


async def test_nobody_takes_it_and_the_owner_is_told(world: World, sink: Sink) -> None:
    _, tess = await given_to_tess(world, sink)
    assert await told(world) == [("given", tess)]
    await wait(world, 11)
    assert await told(world) == [("given", tess), ("given", world.workspace.owner_id)]


async def test_who_takes_it_ends_it(world: World, sink: Sink) -> None:
    conversation_id, tess = await given_to_tess(world, sink)
    async with world.services.db.transaction(world.workspace.id) as connection:
        await claim(connection, world.workspace.id, conversation_id=conversation_id, member_id=tess, hold_minutes=60)
    await wait(world, 30)
    assert await told(world) == [("given", tess)]


async def test_reminders_are_silent_while_the_next_are_told_anyway(world: World, sink: Sink) -> None:
    conversation_id, tess = await given_to_tess(world, sink)
    await overdue(world, conversation_id)
    assert await told(world) == [("given", tess)]
    await wait(world, 11)  # the owner knows of it, and nobody is left
    await overdue(world, conversation_id)
    assert {topic for topic, _ in (await told(world))[2:]} == {"unanswered", "overdue"}
