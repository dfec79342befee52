"""What could not be handled ends as failed, and somebody of the team knows of it."""

from typing import Any

import pytest

from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.pipeline import answer, identify, inbound
from dynaris.pipeline.inbound import MAX_ATTEMPTS
from dynaris.pipeline.requeue import replay
from tests.flows.conftest import Sink, World

TOLD = """SELECT n.title, n.body, n.subject, m.role FROM notification n JOIN member m ON m.workspace_id = n.workspace_id
    AND m.id = n.member_id WHERE n.workspace_id = %s ORDER BY n.id"""


async def fails(*_: Any, **__: Any) -> Any:
    raise InvalidInput("no such thing")


@pytest.mark.parametrize(
    ("module", "name"),
    [(inbound, "handle"), (inbound, "decide"), (answer.supervisor, "route"), (answer, "commit_reply")],
)
async def test_whatever_fails_for_good_waits_for_a_person_who_is_told(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    monkeypatch.setattr(module, name, fails if name != "decide" else lambda _: 1 / 0)
    for _ in range(MAX_ATTEMPTS):
        await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"]) == ("done", "failed")
    [told] = await world.rows(TOLD)
    assert (told["role"], told["subject"]) == ("owner", f"conversation:{event['conversation_id']}")
    assert told["body"] == f"It got no answer: {event['reason']}"
    [conversation] = await world.rows("SELECT respond_by, holder FROM conversation WHERE workspace_id = %s")
    assert conversation["respond_by"]
    assert conversation["holder"] == "agent"
    assert not await world.rows("SELECT id FROM run WHERE workspace_id = %s AND status = 'running'")


async def test_what_was_repaired_is_answered_by_a_replay_and_people_are_told_of_each_failure(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    for times in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(inbound, "handle", fails)
            await world.settle()
        assert len(await world.rows(TOLD)) == times
        async with world.services.db.transaction(world.workspace.id) as connection:
            await replay(connection, world.workspace.id, event_id=accepted.event_id)
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert len(sink.got) == 1


async def test_of_deliveries_that_cannot_be_read_people_are_told_once_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await world.say("Hello", reply_url=None, email=f"{number}@example.com", event_id=new_id().hex)
    monkeypatch.setattr(identify, "_file", fails)
    await world.settle()
    events = await world.rows("SELECT outcome, owner_id FROM event WHERE workspace_id = %s")
    assert [event["outcome"] for event in events] == ["failed"] * 3
    [told] = await world.rows(TOLD)
    assert told["subject"].startswith("event:")


async def test_what_has_its_answer_is_nobodys_when_something_fails_afterwards(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    handle = inbound.handle

    async def stumbles(*given: Any) -> None:
        await handle(*given)
        await fails()

    monkeypatch.setattr(inbound, "handle", stumbles)
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert await world.rows(TOLD) == []
