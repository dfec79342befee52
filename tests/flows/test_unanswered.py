"""Questions that had no answer become suggestions, and what a person approves answers the next one who asks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dynaris.knowledge.suggestions import routes
from dynaris.knowledge.suggestions.masking import masked
from dynaris.knowledge.suggestions.sweep import sweep
from dynaris.pipeline.person import Written, reply
from tests.flows.conftest import Sink, World
from tests.flows.test_person_and_agent import access
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(world.services.db, world.workspace.id)
    app = web_app(world.services.db, world.services.settings.home, [routes.router])
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def asked(world: World, sink: Sink, text: str, *, by: str) -> dict[str, Any]:
    email = f"{by.lower()}@example.com"
    accepted = await world.say(text, reply_url=sink.url, email=email, name=f"{by} Becker", event_id=f"{by}-{text}")
    await world.settle()
    return await world.event(accepted.event_id)


async def swept(world: World, api: httpx.AsyncClient, status: str = "open") -> list[dict[str, Any]]:
    await sweep(world.services.db, world.workspace.id)
    return (await api.get("/api/knowledge/suggestions", params={"status": status})).json()["items"]


async def test_a_question_without_an_answer_is_proposed_answered_by_a_person_and_known_from_then_on(
    world: World, sink: Sink, api: httpx.AsyncClient
) -> None:
    event = await asked(world, sink, "Hello, my name is Jonas Becker. Do you rent out wheelchairs?", by="Jonas")
    assert event["outcome"] == "handed_off"
    await asked(world, sink, "But do you rent out wheelchairs?", by="Ben")
    await asked(world, sink, "Can I rent a wheelchair from you?", by="Mia")
    [found] = await swept(world, api)
    assert (found["question"], found["asked"], found["answer"]) == ("Do you rent out wheelchairs?", 3, None)
    assert {ask["event_id"] for ask in found["asks"]} >= {str(event["id"])}
    assert (await swept(world, api))[0]["asked"] == 3
    text = (
        "Dear Jonas,\nyes, wheelchairs cost 5 Euro a day. Call +49 30 1234567 or mail anna@clinic.example.\n"
        "Kind regards\nOlivia"
    )
    await reply(world.services, access(world), conversation_id=event["conversation_id"], written=Written(text=text))
    [found] = await swept(world, api)
    assert found["answer"] == "yes, wheelchairs cost 5 Euro a day. Call [number] or mail [address]."
    path = f"/api/knowledge/suggestions/{found['id']}/approve"
    body = {"question": "Do you rent out wheelchairs?", "answer": "Yes, for 5 Euro a day."}
    assert (await api.post(path, json={"question": body["question"]})).status_code == 422
    assert (await api.post(path, json=body)).json()["status"] == "approved"
    assert (await api.post(path, json=body)).status_code == 409
    event = await asked(world, sink, "Do you rent out wheelchairs?", by="Eve")
    assert event["outcome"] == "answered"
    assert any("5 Euro a day" in said for said in sink.texts)
    assert await swept(world, api) == []


async def test_what_was_dismissed_does_not_come_back_and_what_is_answered_never_comes(
    world: World, sink: Sink, api: httpx.AsyncClient
) -> None:
    await asked(world, sink, "What does a first assessment cost?", by="Ada")
    await asked(world, sink, "I want to complain: why is your receptionist so rude?", by="Ben")
    assert await swept(world, api) == []
    await asked(world, sink, "Do you rent out wheelchairs?", by="Jonas")
    [found] = await swept(world, api)
    path = f"/api/knowledge/suggestions/{found['id']}"
    assert (await api.post(f"{path}/dismiss")).json()["status"] == "dismissed"
    await asked(world, sink, "Could I rent wheelchairs?", by="Mia")
    assert await swept(world, api) == []
    assert [one["asked"] for one in await swept(world, api, "dismissed")] == [1]


async def test_what_covers_too_little_for_this_workspace_is_no_answer(
    world: World, sink: Sink, api: httpx.AsyncClient
) -> None:
    async with world.services.db.workspace(world.workspace.id) as connection:
        await connection.execute(
            "UPDATE workspace SET profile = profile || '{\"answer_floor\": 1.0}' WHERE id = %s", (world.workspace.id,)
        )
    question = "Does the first assessment cost anything for pensioners?"
    assert (await asked(world, sink, question, by="Ada"))["outcome"] == "handed_off"
    assert len(await swept(world, api)) == 1


async def test_two_workers_that_look_at_once_count_a_question_once(
    world: World, sink: Sink, api: httpx.AsyncClient
) -> None:
    await asked(world, sink, "Do you rent out wheelchairs?", by="Jonas")
    await asyncio.gather(*[sweep(world.services.db, world.workspace.id) for _ in range(4)])
    [found] = await swept(world, api)
    assert (found["asked"], len(found["asks"])) == (1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is it open? Call me: 0171 2345678", "Is it open? Call me: [number]"),
        ("Ich heiße Petra Müller. Habt ihr Yoga?", "Ich heiße [name]. Habt ihr Yoga?"),
        ("Can Frau Schmidt see jonas@example.com?", "Can [name] see [address]?"),
        ("Costs 12,50 at 10:30 on 24.12.", "Costs 12,50 at 10:30 on 24.12."),
        ("Does Becker pay by IBAN DE89 3704 0044 0532 0130 00?", "Does [name] pay by IBAN [number]?"),
        ("See https://example.com/me?id=7 please", "See [link] please"),
        ("Do you rent\u202e out wheel\u00adchairs? jonas\u200b@example.com", "Do you rent out wheelchairs? [address]"),
    ],
)
def test_a_proposal_keeps_nothing_that_names_a_person(text: str, expected: str) -> None:
    assert masked(text, ["Jonas Becker"]) == expected
