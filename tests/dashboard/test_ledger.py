"""The inquiry ledger over HTTP: each arrival with deadline, owner, outcome and first response, by any filter."""

from typing import Any

import httpx
import pytest

from tests.dashboard.desk import QUESTION, fail, lines, manual
from tests.flows.conftest import Sink, World


async def test_an_answered_inquiry_says_who_answered_and_how_fast(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await world.say(QUESTION, reply_url=sink.url, subject="A price")
    await world.settle()
    [line] = await lines(api)
    assert (line["contact_name"], line["account"], line["text"]) == ("Ada", "site", QUESTION)
    assert (line["status"], line["outcome"], line["owner"], line["deadline"]) == ("done", "answered", "agent", None)
    assert line["owner_name"]
    event = await world.event(line["id"])
    took = (event["settled_at"] - event["created_at"]).total_seconds()
    assert line["first_response_seconds"] == pytest.approx(took)


async def test_a_line_of_somebody_nameless_has_the_address_they_are_called_by(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    async with world.services.db.workspace(world.workspace.id) as connection:
        await connection.execute("UPDATE contact SET name = NULL")
    [line] = await lines(api)
    assert (line["contact_name"], line["contact_address"]) == (None, "ada@example.com")


async def test_what_waits_has_an_owner_and_a_deadline(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    await manual(world, sink)
    [line] = await lines(api, status="waiting")
    assert (line["waiting_for"], line["owner"], line["owner_name"]) == ("run", "member", "Olivia Owner")
    assert line["deadline"]
    assert line["first_response_seconds"] is None


async def test_a_hand_off_is_the_teams_until_a_teammate_answers_and_only_that_counts_as_the_response(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await world.say("I want to talk to a person, please.", reply_url=sink.url)
    await world.settle()
    [line] = await lines(api, open=True)
    assert (line["outcome"], line["owner"], line["owner_id"]) == ("handed_off", "team", None)
    assert line["deadline"]
    assert sink.texts, "the contact was told, which is no answer yet"
    assert line["first_response_seconds"] is None
    answer = {"text": "Olivia here. How can I help?"}
    await api.post(f"/api/conversations/{line['conversation_id']}/messages", json=answer)
    await world.rows("UPDATE message SET delivery = 'sent' WHERE workspace_id = %s AND author = 'member' RETURNING id")
    assert await lines(api, open=True) == []
    [answered] = await lines(api)
    assert answered["owner_name"] == "Olivia Owner"
    assert answered["first_response_seconds"] > 0


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"Ada", "Bo", "Cy"}),
        ({"status": "waiting"}, {"Bo"}),
        ({"outcome": "failed"}, {"Cy"}),
        ({"outcome": "answered"}, {"Ada"}),
        ({"waiting_for": "run"}, {"Bo"}),
        ({"waiting_for": "person"}, set()),
        ({"channel": "generic"}, {"Ada", "Bo", "Cy"}),
        ({"channel": "email"}, set()),
        ({"owner": "agent"}, {"Ada"}),
        ({"owner": "OWNER"}, {"Bo"}),
        ({"account_id": "ACCOUNT"}, {"Ada", "Bo", "Cy"}),
        ({"text": "ASSESSMENT"}, {"Ada", "Bo", "Cy"}),
        ({"text": "bo@example"}, {"Bo"}),
        ({"text": "50%"}, set()),
        ({"since": "2100-01-01T00:00:00Z"}, set()),
        ({"until": "2100-01-01T00:00:00Z"}, {"Ada", "Bo", "Cy"}),
        ({"until": "2001-01-01T00:00:00Z"}, set()),
        ({"kind": "wake"}, set()),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
async def test_filters_find_what_fits_all_of_them(
    api: httpx.AsyncClient, world: World, sink: Sink, asked: dict[str, Any], found: set[str]
) -> None:
    await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    await manual(world, sink, "Bo")
    await fail(world, (await manual(world, sink, "Cy"))["id"])
    real = {"OWNER": str(world.workspace.owner_id), "ACCOUNT": str(world.source.id)}
    asked = {name: real.get(value, value) for name, value in asked.items()}
    assert {line["contact_name"] for line in await lines(api, **asked)} == found


async def test_pages_follow_each_other_without_gaps(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    said = [(await world.say(QUESTION, reply_url=sink.url, email=f"p{n}@e.example")).event_id for n in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        page = (await api.get("/api/ledger", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen += [line["id"] for line in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == [str(each) for each in reversed(said)]


async def test_a_key_has_nothing_of_its_own_to_show(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/ledger", params={"owner": "me"})).status_code == 422
    assert (await api.get("/api/ledger", params={"owner": "somebody"})).status_code == 422
