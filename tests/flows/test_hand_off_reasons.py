"""Why people were asked, as data beside the sentence; and whom people answer first."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.conftest import Sink, World
from tests.flows.teammates import signed_in

__all__ = ["use_model"]


@pytest.fixture
async def owner(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        app = create_app(world.services, Host(world.services))
        yield await signed_in(stack, world, app, world.workspace.owner_person_id)


async def asked(world: World, sink: Sink | None, text: str, **more: Any) -> dict[str, Any]:
    accepted = await world.say(text, reply_url=sink.url if sink else None, email="ada@example.com", **more)
    await world.settle()
    return await world.event(accepted.event_id)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("I want to talk to a human being, please", "asked_for_person"),
        ("Do you repair tractors?", "low_confidence"),
        ("I have chest pain and cannot breathe", "policy"),
    ],
)
async def test_each_hand_off_says_why_in_a_word(
    world: World, sink: Sink, owner: httpx.AsyncClient, text: str, because: str
) -> None:
    event = await asked(world, sink, text)
    if event["outcome"] != "handed_off":  # who is asked for more before a person is
        event = await asked(world, sink, text)
    assert (event["outcome"], event["decision"]["handed_off_for"]) == ("handed_off", because)
    (line,) = (await owner.get("/api/conversations")).json()["items"]
    assert line["handed_off_for"] == because


async def test_a_model_says_why_itself_and_one_that_fails_is_a_failure(
    world: World, sink: Sink, use_model: UseModel
) -> None:
    await world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    use_model(Script(call("escalate", reason="A complaint", because="policy", summary="They waited")))
    assert (await asked(world, sink, "I waited an hour"))["decision"]["handed_off_for"] == "policy"
    use_model(Script(call("nothing_there"), call("nothing_there"), call("nothing_there"), call("nothing_there")))
    event = await asked(world, sink, "And now?", event_id="second")
    assert event["waiting_for"] == "person", "it is the team's already"


async def test_a_contact_whom_people_answer_first_is_given_to_them_and_told_so(
    world: World, sink: Sink, owner: httpx.AsyncClient
) -> None:
    changed = await owner.patch("/api/settings/workspace", json={"vip_tags": ["VIP", "Press"]})
    assert changed.json()["vip_tags"] == ["VIP", "Press"]
    assert (await asked(world, sink, "Is there parking?"))["outcome"] == "answered"
    await world.rows("UPDATE contact SET tags = '{vip}' WHERE workspace_id = %s RETURNING id")
    event = await asked(world, sink, "And what does it cost?", event_id="second")
    assert (event["outcome"], event["decision"]["handed_off_for"]) == ("handed_off", "vip")
    assert "VIP" in event["reason"]
    assert "colleague" in sink.got[-1]["text"]
    conversation = event["conversation_id"]
    assert (await owner.post(f"/api/conversations/{conversation}/hand-back")).is_success
    await world.settle()
    assert (await world.event(event["id"]))["outcome"] == "answered", "what nobody answered is for the agents now"
    third = await asked(world, sink, "Is there parking?", event_id="third")
    assert third["outcome"] == "answered", "who gave it back wants agents to answer: there is no loop"


async def test_in_manual_mode_a_first_answered_contact_waits_like_all_and_is_told_nothing(
    world: World, sink: Sink, owner: httpx.AsyncClient
) -> None:
    await owner.patch("/api/settings/workspace", json={"vip_tags": ["VIP"]})
    await asked(world, sink, "Is there parking?")
    await world.rows("UPDATE contact SET tags = '{VIP}' WHERE workspace_id = %s RETURNING id")
    await owner.put("/api/settings/auto-mode", json={"enabled": False, "channels": {}, "effects": {}})
    said = len(sink.got)
    event = await asked(world, sink, "And what does it cost?", event_id="second")
    assert (event["status"], event["waiting_for"]) == ("waiting", "run")
    assert len(sink.got) == said


async def test_a_tag_that_stands_twice_is_refused(owner: httpx.AsyncClient) -> None:
    refused = await owner.patch("/api/settings/workspace", json={"vip_tags": ["VIP", "vip"]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("vip_tags")
