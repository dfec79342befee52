"""A worker that dies at any step of a run with tools: resumed from its journal, over real HTTP, nothing done twice.

The run has five steps: model, a tool that writes, model, a tool that sends, model with the reply.
"""

from typing import Any

import pytest

from dynaris.agents import toolbox
from dynaris.agents.journal import Journal
from dynaris.connections.actions import add_account
from tests.fakes.model_server import Call, Say
from tests.flows.models.conftest import COST, KINDS, Wired
from tests.flows.test_crashes import Crash

RUN = (
    Call("add_note", {"text": "Wants a mail."}),
    Call("send_email", {"subject": "Prices", "text": "A first assessment costs €75."}),
    Say("I have sent you our prices."),
)

# When the worker dies: the moment, and how many requests the server gets in all. What a provider answered and nobody
# wrote down is asked again; what was written down is not.
MOMENTS = [
    *(
        pytest.param("unrecorded response", number, 4, id=f"after response {number} came, unrecorded")
        for number in (1, 2, 3)
    ),
    *(pytest.param("response", number, 3, id=f"between response {number} and what follows") for number in (1, 2, 3)),
    *(pytest.param("effect", number, 3, id=f"between the effect of tool {number} and its record") for number in (1, 2)),
    *(pytest.param("record", number, 3, id=f"after the record of tool {number}") for number in (1, 2)),
]


@pytest.fixture
async def selling(wired: Wired) -> Wired:
    """The sales agent answers, and there is an account to write mails from."""
    world = wired.world
    async with world.services.db.transaction(world.workspace.id) as connection:
        await add_account(
            connection,
            world.workspace.id,
            wired.vault,
            channel="email",
            address=f"hello@{world.workspace.id.hex}.example",
            settings={},
        )
    await world.rows(
        "UPDATE account SET agent = 'email_sales' WHERE workspace_id = %s AND channel = 'generic' RETURNING id"
    )
    world.services.accounts.forget()
    return wired


def dies_at(monkeypatch: pytest.MonkeyPatch, moment: str, number: int) -> None:
    passed = 0

    def now() -> bool:
        nonlocal passed
        passed += 1
        return passed == number

    responded, called, run = Journal.responded, Journal.called, toolbox._run

    async def responding(*given: Any, **named: Any) -> Any:
        if moment == "unrecorded response" and now():
            raise Crash
        said = await responded(*given, **named)
        if moment == "response" and now():
            raise Crash
        return said

    async def calling(*given: Any, **named: Any) -> Any:
        step = await called(*given, **named)
        if moment == "record" and now():
            raise Crash
        return step

    async def running(*given: Any, **named: Any) -> Any:
        result = await run(*given, **named)
        if moment == "effect" and now():
            raise Crash
        return result

    monkeypatch.setattr(Journal, "responded", responding)
    monkeypatch.setattr(Journal, "called", calling)
    monkeypatch.setattr(toolbox, "_run", running)


@pytest.mark.parametrize(("moment", "number", "requests"), MOMENTS)
async def test_a_run_goes_on_where_its_worker_died(
    selling: Wired, monkeypatch: pytest.MonkeyPatch, moment: str, number: int, requests: int
) -> None:
    wired, world = selling, selling.world
    await wired.use("anthropic" if number % 2 else "openai-compatible")
    steps = list(RUN)
    if moment == "unrecorded response":
        steps.insert(number, RUN[number - 1])  # the provider says it again
    wired.server.will(*steps)
    accepted = await world.say("Please mail me your prices.", reply_url=wired.sink.url)
    with monkeypatch.context() as patch:
        dies_at(patch, moment, number)
        with pytest.raises(BaseException) as death:  # noqa: PT011 - whatever a crash is wrapped in
            await world.settle()
    assert "Crash" in repr(death.value)
    assert wired.sink.got == []
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["outcome"], wired.sink.texts) == ("answered", ["I have sent you our prices."])
    assert len(wired.server.asked) == requests
    assert [step["kind"] for step in await wired.steps()] == ["model", "tool", "model", "tool", "model"]
    assert all(step["error"] is None and step["done"] for step in await wired.steps())
    notes = await world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert [note["text"] for note in notes] == ["Wants a mail."]
    mails = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND dedupe_key LIKE 'tool:%%'")
    assert len(mails) == 1
    run = await wired.run()
    assert (run["status"], run["cost"]) == ("done", 3 * COST)
    [month] = await world.rows("SELECT spent, requests FROM model_spending WHERE workspace_id = %s")
    assert (month["spent"], month["requests"]) == (3 * COST, 3)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_whose_model_failed_is_resumed_with_the_one_that_took_over(
    selling: Wired, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    wired, world = selling, selling.world
    await wired.provider("spare", "openai-compatible", wired.spare)
    await wired.use(kind, fallbacks=["spare:wire-1"])
    wired.server.will("cut", "cut")
    wired.spare.will(*RUN)
    await world.say("Please mail me your prices.", reply_url=wired.sink.url)
    with monkeypatch.context() as patch:
        dies_at(patch, "effect", 2)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever a crash is wrapped in
            await world.settle()
    await world.settle()
    assert wired.sink.texts == ["I have sent you our prices."]
    assert (len(wired.server.asked), len(wired.spare.asked)) == (2, 3)
