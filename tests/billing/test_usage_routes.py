"""Runtimes say what a call used; people say what that costs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from tests.flows.conftest import World, world
from tests.flows.teammates import signed_in

__all__ = ["world"]

USED = {
    "callId": "room-1",
    "channelId": "voice",
    "agentId": "front_line",
    "timestamp": "2026-11-23T12:00:00Z",
    "durationSeconds": 61.5,
    "metrics": {
        "stt": {"provider": "deepgram", "model": "nova-3", "durationSeconds": 60, "transcriptChars": 40},
        "llm": {"provider": "openai", "model": "gpt-4o", "inputTokens": 1000, "outputTokens": 100, "turnCount": 2},
        "tts": [{"provider": "cartesia", "model": "sonic", "characters": 500}],
    },
    "metadata": {"language": "en", "wasTransferred": False},
}
PRICES = [
    {"provider": "deepgram", "unit": "stt_minute", "amount": "0.0077", "effective_from": "2026-01-01T00:00:00Z"},
    {"provider": "openai", "model": "gpt-4o", "unit": "llm_input_1k", "amount": "0.0025",
     "effective_from": "2026-01-01T00:00:00Z", "effective_to": "2026-12-01T00:00:00Z"},
]  # fmt: skip


@pytest.fixture
async def owner(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as stack:
        app = create_app(world.services, Host(world.services))
        yield await signed_in(stack, world, app, world.workspace.owner_person_id)


async def test_usage_is_kept_once_with_its_cost_and_why(owner: httpx.AsyncClient) -> None:
    assert (await owner.put("/api/usage/prices", json={"prices": PRICES})).status_code == 200
    first = await owner.post("/usage/events", json=USED)
    assert first.status_code == 201, first.text
    kept = first.json()
    assert kept["cost"] == "0.010200"
    assert [(part["part"], part["cost"]) for part in kept["evidence"]] == [
        ("stt", "0.007700"), ("llm", "0.002500"), ("llm", None), ("tts", None),
    ]  # fmt: skip
    dearer = [{**PRICES[0], "amount": "1"}]
    assert (await owner.put("/api/usage/prices", json={"prices": dearer})).status_code == 200
    again = await owner.post("/usage/events", json={**USED, "durationSeconds": 5})
    assert (again.status_code, again.json()) == (200, kept), "what was computed stays"
    (listed,) = (await owner.get("/api/usage/events", params={"call_id": "room-1"})).json()["items"]
    assert listed == kept
    ((one,),) = [(await owner.get("/api/usage/prices")).json()["prices"]]
    assert (one["amount"], one["model"]) == ("1.000000", "*")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"callId": " "}, "callId"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"metrics": {"stt": {"provider": "x", "model": "y", "durationSeconds": -1}}}, "durationSeconds"),
        ({"metrics": {"mind": {}}}, "mind"),
        ({"metrics": {"llm": [{"provider": "x", "model": "y", "inputTokens": 1.5, "outputTokens": 1}]}}, "inputTokens"),
        ({"price": 1}, "price"),
    ],
)
async def test_what_is_no_usage_is_refused_by_field(
    owner: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await owner.post("/usage/events", json={**USED, **change})
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["field"]


@pytest.mark.parametrize("change", [{"amount": "0.0000001"}, {"amount": -1}, {"unit": "hour"}, {"amount": "NaN"},
                                    {"effective_to": "2025-01-01T00:00:00Z"}])  # fmt: skip
async def test_what_is_no_price_is_refused(owner: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await owner.put("/api/usage/prices", json={"prices": [{**PRICES[0], **change}]})
    assert answer.status_code == 422
