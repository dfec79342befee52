"""Who is done with a conversation says how it ended, and has a moment in which nothing new is offered."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.conversations.wrap_up import is_wrapping_up
from tests.flows.conftest import World
from tests.flows.teammates import signed_in


@pytest.fixture
async def owner(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        app = create_app(world.services, Host(world.services))
        yield await signed_in(stack, world, app, world.workspace.owner_person_id)


async def held(world: World, owner: httpx.AsyncClient, event_id: str = "first") -> str:
    accepted = await world.say("I want to talk to a human being, please", reply_url=None, event_id=event_id)
    await world.settle()
    conversation = str((await world.event(accepted.event_id))["conversation_id"])
    assert (await owner.post(f"/api/conversations/{conversation}/claim")).is_success
    return conversation


async def wraps_up(world: World) -> bool:
    async with world.services.db.workspace(world.workspace.id) as connection:
        return await is_wrapping_up(connection, world.workspace.id, world.workspace.owner_id)


async def said(owner: httpx.AsyncClient, conversation: str, **body: Any) -> httpx.Response:
    return await owner.post(f"/api/conversations/{conversation}/wrap-up", json=body)


async def test_who_closes_what_they_have_wraps_up_until_they_say_how_it_ended(
    world: World, owner: httpx.AsyncClient
) -> None:
    conversation = await held(world, owner)
    assert not await wraps_up(world)
    await owner.patch(f"/api/conversations/{conversation}", json={"status": "closed"})
    assert await wraps_up(world)
    assert (await said(owner, conversation, disposition="Booked", note="For Friday")).status_code == 204
    assert not await wraps_up(world)
    (line,) = (await owner.get("/api/conversations", params={"disposition": "Booked"})).json()["items"]
    assert (line["id"], line["disposition"], line["handed_off_for"]) == (conversation, "Booked", None)
    assert (await owner.get("/api/conversations", params={"disposition": "Spam"})).json()["items"] == []
    notes = (await owner.get(f"/api/conversations/{conversation}/messages")).json()["items"]
    assert notes[-1]["text"] == "Wrapped up: Booked\nFor Friday"


async def test_who_hands_it_back_wraps_up_too_and_it_ends_by_itself(world: World, owner: httpx.AsyncClient) -> None:
    conversation = await held(world, owner)
    await owner.post(f"/api/conversations/{conversation}/hand-back")
    assert await wraps_up(world)
    await world.rows(
        "UPDATE member SET wrap_up_until = wrap_up_until - interval '1 minute' WHERE workspace_id = %s RETURNING id"
    )
    assert not await wraps_up(world)


async def test_who_closes_what_they_did_not_have_wraps_nothing_up(world: World, owner: httpx.AsyncClient) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    conversation = (await world.event(accepted.event_id))["conversation_id"]
    await owner.patch(f"/api/conversations/{conversation}", json={"status": "closed"})
    assert not await wraps_up(world)


async def test_a_workspace_may_go_without_that_moment(world: World, owner: httpx.AsyncClient) -> None:
    await owner.patch("/api/settings/workspace", json={"wrap_up_seconds": 0})
    conversation = await held(world, owner)
    await owner.patch(f"/api/conversations/{conversation}", json={"status": "closed"})
    assert not await wraps_up(world)


async def test_said_twice_it_is_one_and_what_was_meant_last_counts(world: World, owner: httpx.AsyncClient) -> None:
    conversation = await held(world, owner)
    for disposition in ("Spam", "Booked", "Booked"):
        assert (await said(owner, conversation, disposition=disposition)).status_code == 204
    report = (await owner.get("/api/wrap-ups/report")).json()
    assert report["items"] == [{"disposition": "Booked", "conversations": 1}]
    notes = await world.rows("SELECT id FROM message WHERE workspace_id = %s AND data ? 'disposition'")
    assert len(notes) == 2
    later = await held(world, owner, "second")
    assert later == conversation
    await said(owner, conversation, disposition="Spam")
    report = (await owner.get("/api/wrap-ups/report")).json()
    assert {one["disposition"]: one["conversations"] for one in report["items"]} == {"Booked": 1, "Spam": 1}


async def test_what_the_workspace_does_not_have_is_refused_with_what_it_has(
    world: World, owner: httpx.AsyncClient
) -> None:
    conversation = await held(world, owner)
    refused = await said(owner, conversation, disposition="Sold")
    assert refused.status_code == 422
    assert "Answered, Booked" in refused.json()["detail"]
    changed = await owner.patch("/api/settings/workspace", json={"dispositions": ["Sold", "Lost"]})
    assert changed.json()["dispositions"] == ["Sold", "Lost"]
    assert (await said(owner, conversation, disposition="Sold")).status_code == 204
    assert (await owner.patch("/api/settings/workspace", json={"dispositions": []})).status_code == 422
    backwards = {"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
    assert (await owner.get("/api/wrap-ups/report", params=backwards)).status_code == 422
