"""Every limit ends with a person who knows why and a contact who is told, never in a loop or in silence."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from dynaris.agents.spending import LimitReached, hold
from dynaris.core.errors import Conflict
from dynaris.pipeline import person
from dynaris.workspaces.access import Access
from tests.fakes.model_server import HANG, Call, Fail, Say
from tests.flows.models.conftest import COST, Wired

SEARCH = Call("search_knowledge", {"query": "price"})


async def handed_off(wired: Wired, event: dict[str, Any], reason: str) -> None:
    assert (event["outcome"], len(wired.sink.got)) == ("handed_off", 1)
    assert reason in event["reason"]
    assert "A colleague will take over" in wired.sink.texts[0]
    told = await wired.world.rows("SELECT body FROM notification WHERE workspace_id = %s")
    assert any(reason in row["body"] for row in told)


@pytest.mark.parametrize(
    ("settings", "requests", "reason"),
    [
        ({"max_steps": 2}, 2, "steps"),
        ({"max_tool_calls": 1}, 2, "more tool calls than it may make"),
        ({"max_tokens": 200}, 2, "used its 200 tokens"),
        ({"max_cost": "0.003"}, 2, "the run cost its $0.003"),
    ],
)
async def test_a_limit_of_a_run_ends_it_with_a_person(
    wired: Wired, settings: dict[str, Any], requests: int, reason: str
) -> None:
    await wired.use("openai-compatible", **settings)
    for number in range(9):
        wired.server.will(Call("search_knowledge", {"query": f"price {number}"}))
    event = await wired.ask()
    assert len(wired.server.asked) == requests
    await handed_off(wired, event, reason)


async def test_a_run_that_takes_too_long_ends_with_a_person(wired: Wired) -> None:
    await wired.use("openai-compatible", max_seconds=0.6)
    wired.server.otherwise = HANG
    await handed_off(wired, await wired.ask(), "the agent took too long")


async def test_the_same_call_again_and_again_ends(wired: Wired) -> None:
    await wired.use("openai-compatible")
    wired.server.otherwise = SEARCH
    event = await wired.ask()
    assert len(wired.server.asked) <= 10
    tools = await wired.steps("tool")
    assert sum(tool["error"] is None for tool in tools) == 3
    await handed_off(wired, event, "")


async def test_at_the_months_cap_no_paid_model_is_asked_and_owner_and_admins_are_told_once(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.ask()
    assert wired.sink.texts == ["Gladly."]
    await wired.set_cap("0.002")
    for number in range(3):
        event = await wired.ask(email=f"p{number}@example.com")
        assert event["outcome"] == "handed_off"
        assert "the spending cap of $0.002" in event["reason"]
    assert len(wired.server.asked) == 1
    assert all("A colleague will take over" in text for text in wired.sink.texts[1:])
    assert len(wired.sink.texts) == 4
    told = await wired.world.rows("SELECT title FROM notification WHERE workspace_id = %s AND cause LIKE 'spending%%'")
    assert [row["title"] for row in told] == ["The month's spending cap for models is reached"]

    await wired.set_cap("5")
    await wired.ask(email="later@example.com")
    assert wired.sink.texts[-1] == "Gladly."


async def test_a_model_that_the_workspace_calls_free_is_asked_at_the_cap(wired: Wired) -> None:
    free = {"*": {"input": "0", "output": "0"}}
    await wired.provider("own", "openai-compatible", wired.server, prices=free)
    await wired.set_model("own:wire-1")
    await wired.set_cap("0")
    await wired.ask()
    assert wired.sink.texts == ["Gladly."]


async def test_a_run_that_may_cost_nothing_asks_a_model_that_the_workspace_calls_free(wired: Wired) -> None:
    free = {"*": {"input": "0", "output": "0"}}
    await wired.provider("own", "openai-compatible", wired.server, prices=free)
    await wired.set_model("own:wire-1")
    await wired.set_agents(max_cost="0")
    await wired.ask()
    assert wired.sink.texts == ["Gladly."]


async def test_at_the_cap_the_supervisors_paid_model_is_not_asked_either(wired: Wired) -> None:
    await wired.provider("main", "openai-compatible", wired.server)
    await wired.set_model("builtin", supervisor="main:wire-1")
    await wired.set_cap("0")
    event = await wired.ask("Hm, about that thing from before?")
    assert wired.server.asked == []
    assert event["outcome"] in ("answered", "handed_off")


async def test_a_supervisor_that_was_asked_twice_holds_nothing_once_it_decided(wired: Wired) -> None:
    await wired.provider("main", "openai-compatible", wired.server)
    await wired.set_model("builtin", supervisor="main:wire-1")
    await wired.set_cap("5")
    wired.server.will(Say("Hm."), Call("route", {"agent": "chat", "reason": "a question"}))
    await wired.ask()
    assert len(wired.server.asked) == 2
    [month] = await wired.world.rows("SELECT spent, held FROM model_spending WHERE workspace_id = %s")
    assert (month["spent"], month["held"]) == (2 * COST, {})


async def test_requests_at_once_cannot_pass_the_cap_together(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.set_cap("0.01")
    services = wired.world.services
    has = await services.models.of(wired.world.workspace.id)

    async def held() -> bool:
        try:
            await hold(services.db, has, Decimal("0.002"))
        except LimitReached:
            return False
        return True

    assert sum(await asyncio.gather(*(held() for _ in range(20)))) == 5


async def test_what_a_dead_worker_held_counts_no_more_after_a_while(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wired.use("openai-compatible")
    await wired.set_cap("0.01")
    services = wired.world.services
    has = await services.models.of(wired.world.workspace.id)
    with monkeypatch.context() as patch:
        patch.setattr("dynaris.agents.spending.HELD_SECONDS", -1)
        await hold(services.db, has, Decimal("0.009"))
    await hold(services.db, has, Decimal("0.009"))
    [row] = await wired.world.rows("SELECT held FROM model_spending WHERE workspace_id = %s")
    assert len(row["held"]) == 1


async def test_a_request_that_failed_holds_nothing(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.set_cap("1")
    wired.server.will(Fail("bad_key"))
    await wired.ask()
    [row] = await wired.world.rows("SELECT spent, held FROM model_spending WHERE workspace_id = %s")
    assert (row["spent"], row["held"]) == (Decimal(0), {})


async def test_a_hand_over_after_a_hold_that_is_over_stays_with_the_team(wired: Wired) -> None:
    """Else agents would answer there again, and hand it over again, at each message."""
    await wired.use("openai-compatible")
    await wired.ask()
    await wired.world.rows(
        """UPDATE conversation SET holder = 'member', holder_id = %(owner)s, hold_until = now() - interval '1 minute'
           WHERE workspace_id = %(ws)s RETURNING id""",
        owner=wired.world.workspace.owner_id,
    )
    wired.server.otherwise = Call("escalate", {"reason": "unsure", "summary": "s", "message": "Somebody will answer."})
    await wired.ask()
    event = await wired.ask()
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert len(wired.server.asked) == 2


async def test_what_agents_hand_over_again_and_again_no_program_hands_back(wired: Wired) -> None:
    await wired.use("openai-compatible")
    wired.server.otherwise = Call("escalate", {"reason": "unsure", "summary": "s", "message": "Somebody will answer."})
    world = wired.world
    key = Access(world.workspace.id, "key:1", None, "admin")
    for _ in range(person.MOST_HAND_OFFS - 1):
        event = await wired.ask()
        assert event["outcome"] == "handed_off"
        await person.hand_back(world.services, key, conversation_id=event["conversation_id"])
    event = await wired.ask()
    with pytest.raises(Conflict, match="3 times within a day"):
        await person.hand_back(world.services, key, conversation_id=event["conversation_id"])
    owner = Access(world.workspace.id, f"member:{world.workspace.owner_id}", world.workspace.owner_id, "owner")
    await person.hand_back(world.services, owner, conversation_id=event["conversation_id"])


async def test_a_reply_is_made_within_the_limits_of_its_run(wired: Wired) -> None:
    await wired.use("openai-compatible", max_steps=2, max_tool_calls=1, max_tokens=300, max_cost="0.01")
    wired.server.will(SEARCH, Say("€75."))
    await wired.ask()
    assert wired.sink.texts == ["€75."]
    assert (await wired.run())["cost"] == 2 * COST
