"""Turns over real HTTP in the formats that providers speak: answers, tools, streams, caching, keys and costs."""

from decimal import Decimal
from typing import Any

import pytest

from dynaris.agents import herald
from dynaris.agents.providers import Models
from dynaris.agents.queries import get_run
from dynaris.agents.schemas import Run
from dynaris.agents.turn import Done, Policy, TextDelta, TurnRequest
from dynaris.channels.contract import ChannelTraits, Identity
from dynaris.core import clock
from dynaris.core.ids import new_id
from tests.fakes.model_server import Call, Say
from tests.flows.models.conftest import COST, KINDS, Wired


@pytest.mark.parametrize("kind", KINDS)
async def test_a_turn_with_tools_is_answered_and_what_it_cost_is_recorded(wired: Wired, kind: str) -> None:
    await wired.use(kind, temperature=0.2, max_output_tokens=300)
    wired.server.will(Call("search_knowledge", {"query": "price"}), Say("It costs €75."))
    event = await wired.ask()

    assert (event["outcome"], wired.sink.texts) == ("answered", ["It costs €75."])
    asked = wired.server.asked
    assert len(asked) == 2
    assert {body["model"] for body in asked} == {"wire-1"}
    assert {body["temperature"] for body in asked} == {0.2}
    assert {
        body.get("max_tokens") or body.get("max_completion_tokens") or body["max_output_tokens"] for body in asked
    } == {300}
    for step in await wired.steps("model"):
        assert (step["model"], step["input_tokens"], step["output_tokens"]) == ("main:wire-1", 100, 20)
        assert (step["cached_tokens"], step["cost"]) == (40, COST)
    run = await wired.run()
    assert (run["input_tokens"], run["output_tokens"], run["cached_tokens"]) == (200, 40, 80)
    assert run["cost"] == 2 * COST
    [month] = await wired.world.rows("SELECT * FROM model_spending WHERE workspace_id = %s")
    assert (month["spent"], month["requests"], month["unpriced"], month["held"]) == (2 * COST, 2, 0, {})


async def test_a_run_shows_its_models_tokens_and_cost(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.ask()
    run_id = (await wired.run())["id"]
    async with wired.world.services.db.workspace(wired.world.workspace.id) as connection:
        row = await get_run(connection, wired.world.workspace.id, run_id)
    shown = Run.model_validate(row).model_dump(mode="json")
    assert (shown["model"], shown["cost"], shown["cached_tokens"]) == ("main:wire-1", "0.001640", 40)
    [step] = [step for step in shown["steps"] if step["kind"] == "model"]
    assert (step["model"], step["cost"], step["input_tokens"], step["price_source"]) == (
        *("main:wire-1", "0.001640", 100),
        "the workspace's own",
    )


async def test_a_providers_own_key_goes_to_it_and_nothing_of_the_environment(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_ORG_ID"):
        monkeypatch.setenv(name, "the operator's")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-secret: the operator's")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-secret: the operator's")
    for kind in KINDS:
        name = kind.replace("-", "_")
        await wired.provider(name, kind, wired.server, api_key=None)
        await wired.set_model(f"{name}:wire-1")
        await wired.ask(email=f"{name}@example.com")
    assert len(wired.server.headers) == len(KINDS)
    assert not any("the operator's" in value for headers in wired.server.headers for value in headers.values())


async def test_the_stable_part_is_marked_for_the_providers_cache(wired: Wired) -> None:
    await wired.use("anthropic")
    await wired.ask()
    system = wired.server.asked[0]["system"]
    marked = ["cache_control" in part for part in system]
    assert marked[0]
    assert not marked[-1]  # the business, the contact, the passages
    assert "cache_control" in wired.server.asked[0]["tools"][-1]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_is_streamed(wired: Wired, kind: str) -> None:
    await wired.use(kind)
    await wired.ask()
    wired.server.will(Call("search_knowledge", {"query": "price"}), Say("It costs €75, all in all."))
    deltas, ended = [], None
    async for event in herald.turn(
        wired.world.services.db, await request_of_last(wired), stream=True, models=wired.world.services.models
    ):
        if isinstance(event, TextDelta):
            deltas.append(event.text)
        ended = event
    assert isinstance(ended, Done)
    assert (ended.text, "".join(deltas)) == ("It costs €75, all in all.", "It costs €75, all in all.")
    assert len(deltas) > 1
    assert wired.server.asked[-1]["stream"] is True
    assert (await wired.run())["cost"] == 2 * COST


async def request_of_last(wired: Wired, **changes: Any) -> TurnRequest:
    [row] = await wired.world.rows(
        "SELECT id, contact_id, conversation_id FROM event WHERE workspace_id = %s ORDER BY id DESC LIMIT 1"
    )
    values: dict[str, Any] = {
        "workspace_id": wired.world.workspace.id,
        "run_id": new_id(),
        "event_id": row["id"],
        "conversation_id": row["conversation_id"],
        "contact_id": row["contact_id"],
        "channel": "generic",
        "traits": ChannelTraits(),
        "identity": Identity.VERIFIED,
        "agent": "chat",
        "model": "main:wire-1",
        "policy": Policy(automatic=frozenset({"read", "write", "send"})),
        "text": "What does it cost?",
        "now": clock.now(),
    }
    return TurnRequest(**{**values, **changes})


async def test_a_price_that_nobody_knows_is_not_nothing(wired: Wired) -> None:
    await wired.provider("main", "openai-compatible", wired.server, prices={})
    await wired.set_model("main:wire-1")
    await wired.ask()
    [step] = await wired.steps("model")
    assert (step["cost"], step["price_source"], step["input_tokens"]) == (None, None, 100)
    assert (await wired.run())["cost"] is None
    [month] = await wired.world.rows("SELECT * FROM model_spending WHERE workspace_id = %s")
    assert (month["spent"], month["requests"], month["unpriced"]) == (Decimal(0), 1, 1)


async def test_the_built_in_model_is_free_and_nothing_is_looked_up_for_it(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("nothing but the built-in model is set")

    monkeypatch.setattr(Models, "of", never)
    await wired.ask("Is there parking?")
    steps = await wired.steps("model")
    assert {(step["model"], step["cost"]) for step in steps} == {("builtin", Decimal(0))}
    assert (await wired.run())["cost"] == 0
    assert await wired.world.rows("SELECT 1 FROM model_spending WHERE workspace_id = %s") == []


async def test_the_supervisor_asks_too_and_its_cost_is_the_runs(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.set_model("main:wire-1", supervisor="main:wire-1")
    wired.server.will(Call("route", {"agent": "chat", "reason": "a question", "language": "en"}), Say("€75."))
    await wired.ask("Hm, about that thing from before?")
    [route] = await wired.steps("route")
    assert (route["model"], route["cost"], route["response"]["agent"]) == ("main:wire-1", COST, "chat")
    assert (await wired.run())["cost"] == 2 * COST
    [month] = await wired.world.rows("SELECT * FROM model_spending WHERE workspace_id = %s")
    assert month["spent"] == 2 * COST


async def test_a_changed_key_is_used_from_the_next_request_on(wired: Wired) -> None:
    from dynaris.agents import provider_store

    await wired.use("openai-compatible")
    await wired.ask()
    async with wired.world.services.db.transaction(wired.world.workspace.id) as connection:
        await provider_store.change(
            connection, wired.world.workspace.id, wired.vault, "main", {"api_key": "sk-new"}, by="system"
        )
    await wired.ask()
    assert [headers["authorization"] for headers in wired.server.headers] == ["Bearer sk-local", "Bearer sk-new"]
