"""Manual mode: events wait visibly, a teammate starts the agent, and nothing leaves without a yes."""

from typing import Any
from uuid import UUID

import pytest

from dynaris.core.errors import Conflict
from dynaris.pipeline.requeue import release_waiting, run_event
from dynaris.pipeline.verdict import decide_approval, expire_approval
from tests.flows.conftest import Sink, World

QUESTION = "What does a first assessment cost?"
BY = "member:tester"


async def drafted(world: World, sink: Sink) -> tuple[UUID, dict[str, Any]]:
    """An event in Manual mode whose reply waits for approval."""
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    accepted = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    async with world.services.db.transaction(world.workspace.id) as connection:
        await run_event(connection, world.workspace.id, event_id=accepted.event_id, by=BY)
    await world.settle()
    approvals = await world.rows("SELECT * FROM approval WHERE workspace_id = %s ORDER BY id")
    assert [approval["action"] for approval in approvals] == ["reply"]
    return accepted.event_id, approvals[0]


async def deliver_all(world: World) -> None:
    from dynaris.pipeline.deliver import deliver

    for row in await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
        await deliver(world.services, world.workspace.id, row["id"])


async def test_an_event_waits_with_owner_and_deadline(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    accepted = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "run")
    assert event["owner_id"] == world.workspace.owner_id
    assert event["deadline"] is not None
    assert sink.got == []


async def test_a_channel_can_be_manual_while_the_rest_is_automatic(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=True, channels={"generic": False}, effects={})
    accepted = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    assert (await world.event(accepted.event_id))["waiting_for"] == "run"


async def test_sending_can_need_a_yes_while_the_rest_is_automatic(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    accepted = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    assert (await world.event(accepted.event_id))["waiting_for"] == "approval"
    assert sink.got == []


async def test_an_approved_reply_is_sent_as_the_person_edited_it(world: World, sink: Sink) -> None:
    event_id, approval = await drafted(world, sink)
    assert "€75" in approval["proposal"]["text"]
    assert sink.got == []

    await decide_approval(
        world.services,
        world.workspace.id,
        approval["id"],
        decision="approve",
        edits={"text": "It costs €75, and coffee is free."},
        reason=None,
        by=BY,
    )
    await deliver_all(world)

    assert sink.texts == ["It costs €75, and coffee is free."]
    event = await world.event(event_id)
    assert (event["status"], event["outcome"]) == ("done", "answered")


async def test_a_second_verdict_is_refused_and_nothing_is_sent_twice(world: World, sink: Sink) -> None:
    _, approval = await drafted(world, sink)
    verdict: dict[str, Any] = {"decision": "approve", "edits": None, "reason": None, "by": BY}
    await decide_approval(world.services, world.workspace.id, approval["id"], **verdict)
    with pytest.raises(Conflict):
        await decide_approval(world.services, world.workspace.id, approval["id"], **verdict)
    await deliver_all(world)
    assert len(sink.got) == 1


async def test_the_agent_is_told_why_its_draft_was_rejected_and_drafts_again(world: World, sink: Sink) -> None:
    event_id, approval = await drafted(world, sink)
    await decide_approval(
        world.services,
        world.workspace.id,
        approval["id"],
        decision="reject",
        edits=None,
        reason="too long, only the price",
        by=BY,
    )
    await world.settle()

    event = await world.event(event_id)
    later = await world.rows("SELECT * FROM approval WHERE workspace_id = %s AND status = 'pending'")
    assert event["outcome"] == "handed_off" or [each["action"] for each in later] == ["reply"]
    notes = await world.rows("SELECT request, response FROM run_step WHERE workspace_id = %s ORDER BY position")
    assert "too long, only the price" in str(notes)


async def test_an_expired_approval_hands_the_conversation_to_the_team(world: World, sink: Sink) -> None:
    event_id, approval = await drafted(world, sink)
    await world.rows("UPDATE approval SET deadline = now() - interval '1 minute' WHERE workspace_id = %s RETURNING id")
    await expire_approval(world.services, world.workspace.id, approval["id"])

    event = await world.event(event_id)
    assert event["outcome"] == "handed_off"
    conversations = await world.rows("SELECT holder, respond_by FROM conversation WHERE workspace_id = %s")
    assert conversations[0]["holder"] == "team"
    assert conversations[0]["respond_by"] is not None
    assert sink.got == []


async def test_switching_to_auto_can_answer_what_waited(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    accepted = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()

    await world.set_auto_mode(enabled=True, channels={}, effects={})
    async with world.services.db.transaction(world.workspace.id) as connection:
        elsewhere = {"enabled": True, "channels": {"generic": False}}
        assert await release_waiting(connection, world.workspace.id, elsewhere) == 0
        assert await release_waiting(connection, world.workspace.id, {"enabled": True}) == 1
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert len(sink.got) == 1


async def test_an_approved_hand_off_tells_the_contact_and_gives_the_conversation_to_the_team(
    world: World, sink: Sink
) -> None:
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    accepted = await world.say("I want to speak to a human, please.", reply_url=sink.url)
    await world.settle()
    approvals = await world.rows("SELECT id FROM approval WHERE workspace_id = %s")
    verdict: dict[str, Any] = {"decision": "approve", "edits": None, "reason": None, "by": BY}
    await decide_approval(world.services, world.workspace.id, approvals[0]["id"], **verdict)
    await deliver_all(world)

    assert len(sink.got) == 1
    assert (await world.event(accepted.event_id))["outcome"] == "handed_off"
    conversations = await world.rows("SELECT holder FROM conversation WHERE workspace_id = %s")
    assert conversations[0]["holder"] == "team"
