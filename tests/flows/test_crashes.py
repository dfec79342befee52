"""A worker that dies between two steps: the event is taken up where it stopped, and nothing is sent twice."""

from collections.abc import Callable
from typing import Any

import pytest

from dynaris.core.errors import Unavailable
from dynaris.pipeline import answer, deliver, inbound, reply
from dynaris.pipeline.inbound import MAX_ATTEMPTS
from tests.flows.conftest import Sink, World


class Crash(BaseException):
    """The process ends here: nothing that handles errors sees it."""


def crash_after(function: Callable[..., Any]) -> Callable[..., Any]:
    async def crashing(*arguments: Any, **named: Any) -> Any:
        await function(*arguments, **named)
        raise Crash

    return crashing


def crash_before(_: Callable[..., Any]) -> Callable[..., Any]:
    async def crashing(*arguments: Any, **named: Any) -> Any:
        raise Crash

    return crashing


STEPS = [
    pytest.param(inbound, "identify", crash_before, id="before the contact is identified"),
    pytest.param(inbound, "identify", crash_after, id="after the message is filed"),
    pytest.param(answer.supervisor, "route", crash_after, id="after the route is chosen"),
    pytest.param(answer.herald, "run_turn", crash_after, id="after the agent has answered"),
    pytest.param(answer, "commit_reply", crash_before, id="before the reply is committed"),
    pytest.param(answer, "commit_reply", crash_after, id="after the reply is committed"),
    pytest.param(answer, "deliver", crash_after, id="after the reply is delivered"),
]


@pytest.mark.parametrize(("module", "name", "crash"), STEPS)
async def test_a_crash_between_two_steps_loses_nothing_and_sends_once(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, crash: Any
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, crash(getattr(module, name)))
        with pytest.raises(Crash):
            await world.settle()
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"]) == ("done", "answered")
    assert len(sink.got) == 1
    messages = await world.rows("SELECT direction FROM message WHERE workspace_id = %s ORDER BY id")
    assert [message["direction"] for message in messages] == ["inbound", "outbound"]
    assert len(await world.rows("SELECT id FROM contact WHERE workspace_id = %s")) == 1


async def test_a_crash_after_the_provider_got_it_leaves_an_unknown_send_to_a_person(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "_settle", crash_before(deliver._settle))
        with pytest.raises(Crash):
            await world.settle()
    assert len(sink.got) == 1
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "delivery")
    assert event["owner_id"] == world.workspace.owner_id
    outbox = await world.rows("SELECT status FROM outbox WHERE workspace_id = %s")
    assert outbox[0]["status"] == "unknown"
    assert len(sink.got) == 1


async def test_a_poisonous_event_ends_as_failed_and_lets_the_next_one_through(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = await world.say("poison", reply_url=sink.url)
    healthy = await world.say("Is there parking?", reply_url=sink.url)
    identify = inbound.identify

    async def stumbling(services: Any, event: Any) -> Any:
        if event.id == poison.event_id:
            raise RuntimeError("cannot digest this")
        return await identify(services, event)

    monkeypatch.setattr(inbound, "identify", stumbling)
    for _ in range(MAX_ATTEMPTS + 1):
        await world.settle()

    event = await world.event(poison.event_id)
    assert event["outcome"] == "failed"
    assert "cannot digest this" in event["reason"]
    assert (await world.event(healthy.event_id))["outcome"] == "answered"


async def test_a_passing_fault_is_tried_again(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)

    async def busy(*_: Any) -> Any:
        raise Unavailable("busy")

    with monkeypatch.context() as patch:
        patch.setattr(inbound, "identify", busy)
        await world.settle()
    assert (await world.event(accepted.event_id))["status"] == "queued"
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"


async def test_a_reply_is_committed_only_once_for_a_run(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    keys = await world.rows("SELECT dedupe_key, run_id FROM outbox WHERE workspace_id = %s")
    assert [row["dedupe_key"] for row in keys] == [f"reply:{keys[0]['run_id']}"]
    assert reply.commit_reply is answer.commit_reply
