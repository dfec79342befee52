"""A person and the agents in one conversation: the agents are silent while a person holds it."""

from typing import Any
from uuid import UUID

import pytest

from dynaris.conversations import actions as conversations
from dynaris.conversations.follow_ups import set_follow_up
from dynaris.core.ids import new_id
from dynaris.people import members
from dynaris.pipeline import answer as answering
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.person import Written, claim, hand_back, let_go, reply
from dynaris.pipeline.requeue import replay, run_event
from dynaris.pipeline.trace import trace
from dynaris.pipeline.verdict import decide_approval
from dynaris.pipeline.watchdog import wake_follow_up
from dynaris.workspaces.access import Access
from tests.flows.conftest import Sink, World


def access(world: World) -> Access:
    member_id = world.workspace.owner_id
    return Access(world.workspace.id, f"member:{member_id}", member_id, "owner")


async def conversation_of(world: World) -> dict:
    return (await world.rows("SELECT * FROM conversation WHERE workspace_id = %s"))[0]


async def deliver_all(world: World) -> None:
    for row in await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
        await deliver(world.services, world.workspace.id, row["id"])


async def run_again(world: World, event_id: UUID) -> bool:
    async with world.services.db.transaction(world.workspace.id) as connection:
        earlier_stands = await replay(connection, world.workspace.id, event_id=event_id)
    await world.settle()
    return earlier_stands


async def approve(world: World, text: str) -> None:
    (approval,) = await world.rows("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'")
    await decide_approval(
        world.services,
        world.workspace.id,
        approval["id"],
        decision="approve",
        edits={"text": text},
        reason=None,
        by="member:tester",
    )
    await deliver_all(world)


async def run_by_a_teammate(world: World, event_id: UUID) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        await run_event(connection, world.workspace.id, event_id=event_id, by="member:tester")
    await world.settle()


async def test_a_request_for_a_person_hands_off_and_tells_both_sides(world: World, sink: Sink) -> None:
    accepted = await world.say("I want to speak to a human, please.", reply_url=sink.url)
    await world.settle()

    event = await world.event(accepted.event_id)
    assert event["outcome"] == "handed_off"
    assert len(sink.got) == 1
    assert (await conversation_of(world))["holder"] == "team"
    notices = await world.rows("SELECT member_id, title FROM notification WHERE workspace_id = %s")
    assert [notice["member_id"] for notice in notices] == [world.workspace.owner_id]

    later = await world.say("Hello?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(later.event_id))["waiting_for"] == "person"
    assert len(sink.got) == 1


async def test_a_teammate_who_replies_silences_the_agents_until_handed_back(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    conversation = await conversation_of(world)
    await reply(
        world.services, access(world), conversation_id=conversation["id"], written=Written(text="Hi, Olivia here.")
    )
    await deliver_all(world)
    assert sink.texts[-1] == "Hi, Olivia here."

    waiting = await world.say("What are your opening hours?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(waiting.event_id))["waiting_for"] == "person"

    await reply(world.services, access(world), conversation_id=conversation["id"], written=Written(text="8 to 18."))
    on_its_way = await world.event(waiting.event_id)
    assert (on_its_way["status"], on_its_way["waiting_for"]) == ("waiting", "delivery")
    await deliver_all(world)
    event = await world.event(waiting.event_id)
    assert (event["outcome"], event["reason"]) == ("answered", "answered by Olivia Owner")

    await hand_back(world.services, access(world), conversation_id=conversation["id"])
    back = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(back.event_id))["outcome"] == "answered"
    assert "€75" in sink.texts[-1]


async def test_what_the_contact_wrote_during_a_hold_is_answered_after_it_is_handed_back(
    world: World, sink: Sink
) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    conversation = await conversation_of(world)
    await claim(world.services, access(world), conversation_id=conversation["id"])
    waiting = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(waiting.event_id))["waiting_for"] == "person"

    await hand_back(world.services, access(world), conversation_id=conversation["id"])
    await world.settle()
    assert (await world.event(waiting.event_id))["outcome"] == "answered"
    assert "€75" in sink.texts[-1]


async def test_a_claim_voids_what_an_agent_proposed(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    await claim(world.services, access(world), conversation_id=(await conversation_of(world))["id"])

    approvals = await world.rows("SELECT status FROM approval WHERE workspace_id = %s")
    assert [approval["status"] for approval in approvals] == ["cancelled"]
    event = await world.event(accepted.event_id)
    assert (event["waiting_for"], event["owner_id"]) == ("person", world.workspace.owner_id)


@pytest.mark.parametrize("how", ["claimed and handed back", "replayed"])
async def test_no_message_of_a_burst_waits_for_a_draft_that_is_void(world: World, sink: Sink, how: str) -> None:
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    first, last = [(await world.say("Is there parking?", reply_url=sink.url)).event_id for _ in range(2)]
    await world.settle()
    await world.rows(
        "UPDATE approval SET status = 'cancelled' WHERE workspace_id = %s AND event_id = %s RETURNING id", first
    )
    await world.rows(
        """UPDATE event SET run_id = (SELECT run_id FROM event l WHERE l.workspace_id = %(ws)s AND l.id = %(last)s)
           WHERE workspace_id = %(ws)s AND id = %(first)s RETURNING id""",
        first=first,
        last=last,
    )
    await world.set_auto_mode(enabled=True)
    if how == "replayed":
        await run_again(world, last)
        assert (await world.event(first))["waiting_for"] == "person"
    else:
        conversation_id = (await conversation_of(world))["id"]
        await claim(world.services, access(world), conversation_id=conversation_id)
        await hand_back(world.services, access(world), conversation_id=conversation_id)
        await world.settle()
        assert (await world.event(first))["outcome"] == "answered"
    assert (await world.event(last))["outcome"] == "answered"


async def test_a_claim_while_the_agent_thinks_keeps_its_draft_from_leaving(
    world: World, sink: Sink, monkeypatch
) -> None:
    think = answering.herald.run_turn

    async def claimed_meanwhile(*arguments, **named):
        ended = await think(*arguments, **named)
        async with world.services.db.transaction(world.workspace.id) as connection:
            await conversations.claim(
                connection,
                world.workspace.id,
                conversation_id=(await conversation_of(world))["id"],
                member_id=world.workspace.owner_id,
                hold_minutes=60,
            )
        return ended

    monkeypatch.setattr(answering.herald, "run_turn", claimed_meanwhile)
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()

    assert sink.got == []
    assert (await world.event(accepted.event_id))["waiting_for"] == "person"
    notes = await world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert "not sent" in notes[0]["text"]


async def test_a_replayed_event_runs_again_and_sends_nothing_twice(world: World, sink: Sink) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    async with world.services.db.transaction(world.workspace.id) as connection:
        assert await replay(connection, world.workspace.id, event_id=accepted.event_id)
    await world.settle()

    event = await world.event(accepted.event_id)
    assert event["outcome"] == "answered"
    assert len(sink.got) == 1
    assert len(await world.rows("SELECT id FROM run WHERE workspace_id = %s")) == 2


async def test_a_replay_changes_no_outcome_and_a_second_one_sends_nothing_either(world: World, sink: Sink) -> None:
    accepted = await world.say("I want to speak to a human", reply_url=sink.url)
    await world.settle()
    told = len(sink.got)
    for _ in range(2):
        async with world.services.db.transaction(world.workspace.id) as connection:
            assert await replay(connection, world.workspace.id, event_id=accepted.event_id)
        await world.settle()
        event = await world.event(accepted.event_id)
        assert (event["status"], event["outcome"]) == ("done", "handed_off")
        await hand_back(world.services, access(world), conversation_id=event["conversation_id"])
        await world.settle()
    assert len(sink.got) == told


@pytest.mark.parametrize(
    "mode", [{"enabled": False}, {"enabled": True, "effects": {"send": False}}], ids=["Manual mode", "sending asks"]
)
async def test_a_replay_of_an_approved_reply_proposes_no_second_one(
    world: World, sink: Sink, mode: dict[str, Any]
) -> None:
    await world.set_auto_mode(**{"channels": {}, "effects": {}, **mode})
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    if not mode["enabled"]:
        await run_by_a_teammate(world, accepted.event_id)
        (draft,) = await world.rows("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'")
        await decide_approval(
            world.services, world.workspace.id, draft["id"], decision="reject", edits=None, reason="shorter", by="m"
        )
        await world.settle()
    await approve(world, "In the garage.")

    assert await run_again(world, accepted.event_id)
    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"]) == ("done", "answered")
    assert {"run_by", "feedback"} & set(event["meta"]) == set()
    assert await world.rows("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'") == []
    assert sink.texts == ["In the garage."]
    notes = await world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert ["an earlier reply stands" in note["text"] for note in notes] == [True] * mode["enabled"]


async def test_the_tools_of_a_replay_send_nothing_by_themselves(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    allowed: list[frozenset[str]] = []
    think = answering.herald.run_turn

    async def watched(db: Any, request: Any, **given: Any) -> Any:
        allowed.append(request.policy.automatic)
        return await think(db, request, **given)

    monkeypatch.setattr(answering.herald, "run_turn", watched)
    await run_again(world, accepted.event_id)
    assert allowed == [{"read", "write"}]


async def test_after_a_replay_the_trace_still_tells_what_was_done_before_it(world: World, sink: Sink) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    before = await world.event(accepted.event_id)
    told = await trace(world.services.db, accepted.event_id)
    assert told
    await run_again(world, accepted.event_id)
    again = await trace(world.services.db, accepted.event_id)
    assert again

    first_time = [(step.at, step.what, step.text) for step in told.steps if step.what not in ("arrived", "decided")]
    whole = [(step.at, step.what, step.text) for step in again.steps]
    assert {"reply", "delivery", "outcome", "model"} <= {what for _, what, _ in first_time}
    assert set(first_time) <= set(whole)
    order = [step.what for step in again.steps if step.what in ("reply", "delivery", "replayed", "note", "outcome")]
    assert order[-3:] == ["replayed", "note", "outcome"]
    assert sorted(order[:3]) == ["delivery", "outcome", "reply"]
    replayed = next(step for step in again.steps if step.what == "replayed")
    assert (replayed.detail["run_id"], replayed.detail["outcome"]) == (str(before["run_id"]), "answered")
    (reply_,) = await world.rows("SELECT id FROM message WHERE workspace_id = %s AND direction = 'outbound'")
    of_the_reply = await trace(world.services.db, reply_["id"])
    assert of_the_reply
    assert "arrived" in [step.what for step in of_the_reply.steps]


@pytest.mark.parametrize(("status", "says"), [(410, "could not be sent"), (500, "nobody knows")])
async def test_what_a_teammate_answered_waits_again_when_their_reply_does_not_arrive(
    world: World, sink: Sink, status: int, says: str
) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    conversation = await conversation_of(world)
    sink.statuses = [status]
    await reply(world.services, access(world), conversation_id=conversation["id"], written=Written(text="Yes."))
    await deliver_all(world)
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"], event["outcome"]) == ("waiting", "delivery", None)
    assert says in event["reason"]
    assert event["owner_id"] == world.workspace.owner_id
    assert event["deadline"]

    await reply(world.services, access(world), conversation_id=conversation["id"], written=Written(text="Yes, again."))
    await deliver_all(world)
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    story = await trace(world.services.db, accepted.event_id)
    assert story
    assert {"reply", "delivery", "outcome"} <= {step.what for step in story.steps}
    assert await run_again(world, accepted.event_id), "a teammate's reply stands too"


async def test_a_follow_up_wakes_as_a_turn_and_ends_when_the_contact_writes_first(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    conversation = await conversation_of(world)

    async def follow_up() -> str:
        async with world.services.db.transaction(world.workspace.id) as connection:
            made = await set_follow_up(
                connection,
                world.workspace.id,
                conversation_id=conversation["id"],
                contact_id=conversation["contact_id"],
                run_id=None,
                kind="follow_up",
                reason="ask whether they found the garage",
                due_at=conversation["created_at"],
            )
            return str(made)

    await wake_follow_up(world.services, world.workspace.id, await follow_up())
    await world.settle()
    wakes = await world.rows("SELECT status, outcome FROM event WHERE workspace_id = %s AND kind = 'wake'")
    assert [wake["status"] for wake in wakes] == ["done"]

    waiting = await follow_up()
    await world.say("I found it, thanks.", reply_url=sink.url)
    await world.settle()
    rows = await world.rows("SELECT id, status, ended_because FROM follow_up WHERE workspace_id = %s ORDER BY id")
    assert (str(rows[-1]["id"]), rows[-1]["status"]) == (waiting, "ended")
    assert rows[-1]["ended_because"] == "the contact wrote first"
    before = len(sink.got)
    await wake_follow_up(world.services, world.workspace.id, waiting)
    await world.settle()
    assert len(sink.got) == before


async def test_what_a_removed_member_held_is_the_agents_again_and_what_waited_is_the_owners(
    world: World, sink: Sink
) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    ws, bob = world.workspace.id, new_id()
    await world.rows(
        """INSERT INTO member (workspace_id, id, person_id, email, name, role)
           VALUES (%(ws)s, %(bob)s, %(person)s, 'bob@clinic.example', 'Bob', 'teammate') RETURNING id""",
        bob=bob,
        person=new_id(),
    )
    conversation = (await conversation_of(world))["id"]
    await claim(world.services, Access(ws, f"member:{bob}", bob, "teammate"), conversation_id=conversation)
    waiting = await world.say("Hello?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(waiting.event_id))["owner_id"] == bob

    await let_go(world.services.db, ws, bob)
    assert (await conversation_of(world))["holder_id"] == bob, "Bob is still there"
    await members.remove(world.services.db, access(world), bob)
    (job,) = await world.rows(
        "SELECT args FROM procrastinate_jobs WHERE task_name = %(name)s AND args->>'workspace_id' = %(ws)s::text",
        name=members.LEFT_JOB,
    )
    await let_go(world.services.db, ws, UUID(job["args"]["member_id"]))
    assert (await world.event(waiting.event_id))["owner_id"] == world.workspace.owner_id
    asked = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(asked.event_id))["outcome"] == "answered"
