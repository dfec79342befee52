"""A signed event is answered at its reply_url, once, whatever happens in between."""

import time
from typing import Any

import orjson
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.connections.actions import add_account
from dynaris.core.callbacks import sign
from dynaris.core.crypto import Vault
from tests.flows.conftest import KEY, Sink, World
from tests.web import client_of


async def test_a_question_is_answered_from_knowledge_on_its_own_channel(world: World, sink: Sink) -> None:
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"]) == ("done", "answered")
    assert "€75" in sink.texts[0]
    assert sink.got[0]["event_id"] == str(accepted.event_id)
    assert event["match"]["rule"] == "new"


async def test_redelivered_event_is_answered_once(world: World, sink: Sink) -> None:
    first = await world.say("Is there parking?", reply_url=sink.url, event_id="evt-1")
    second = await world.say("Is there parking?", reply_url=sink.url, event_id="evt-1")
    await world.settle()

    assert (second.event_id, second.duplicate) == (first.event_id, True)
    assert len(sink.got) == 1


async def test_two_events_of_one_person_make_one_contact_and_one_conversation(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.say("What are your opening hours?", reply_url=sink.url, email="ADA@example.com")
    await world.settle()

    events = await world.rows("SELECT contact_id, conversation_id FROM event WHERE workspace_id = %s")
    assert len({event["contact_id"] for event in events}) == 1
    assert len({event["conversation_id"] for event in events}) == 1
    assert len(sink.got) == 2


@pytest.mark.parametrize(
    ("sender", "status", "says"),
    [
        ({"email": "ada at example.com"}, 422, "from.email"),
        ({"email": "ada@", "phone": "+43 1 5134 000"}, 422, "from.email"),
        ({"phone": "tomorrow"}, 422, "from.phone"),
        ({"name": "Nobody"}, 422, "from"),
        ({"email": "ada@example.com", "phone": "after six"}, 202, ""),
        ({"email": "Ada@Example.com"}, 202, ""),
    ],
)
async def test_the_sender_of_an_event_is_told_at_the_door_that_its_address_is_none(
    world: World, sender: dict[str, Any], status: int, says: str
) -> None:
    event = {"id": "e1", "type": "message", "occurred_at": "2026-11-21T09:00:00Z", "from": sender, "text": "Hello"}
    body = orjson.dumps(event)
    source = f"site-{world.workspace.id.hex[-12:]}"
    async with world.services.db.transaction(world.workspace.id) as connection:
        await add_account(
            connection, world.workspace.id, Vault(KEY), channel="generic", address=source, settings={"secret": "s"}
        )
    headers = {
        "content-type": "application/json",
        "x-dynaris-source": source,
        "x-dynaris-signature": sign(body, "s", now=time.time()),
    }
    async with client_of(create_app(world.services, Host(world.services))) as client:
        answer = await client.post("/api/process-events", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    stored = await world.rows("SELECT 1 FROM event WHERE workspace_id = %s")
    assert len(stored) == (1 if status == 202 else 0)
    if status == 422:
        assert answer.headers["content-type"] == "application/problem+json"
        assert says in answer.json()["detail"]
