"""Which specialist answers."""

import pytest
from pydantic_ai.exceptions import ModelHTTPError

from dynaris.agents import supervisor
from dynaris.agents.turn import Route
from tests.agents.conftest import Script, Story, UseModel, call


async def routed(story: Story, text: str, *, model: str = "scripted", mapped: str | None = None) -> Route:
    return await supervisor.route(
        story.db,
        workspace_id=story.workspace.id,
        run_id=story.run_id,
        text=text,
        channel="webchat",
        mapped_agent=mapped,
        model=model,
    )


async def test_a_mapped_account_needs_no_model_and_no_row(story: Story) -> None:
    route = await routed(story, "hello", mapped="scheduling")
    assert (route.agent, route.decided_by) == ("scheduling", "rule")
    assert await story.steps() == []


async def test_the_models_decision_is_step_zero_and_is_not_asked_for_again(story: Story, use_model: UseModel) -> None:
    model = Script(call("route", agent="email_sales", reason="asks for an offer", priority="high", language="de"))
    use_model(model)
    route = await routed(story, "Was kostet das?")
    assert route == Route(agent="email_sales", reason="asks for an offer", priority="high", language="de")
    assert await routed(story, "Was kostet das?") == route
    assert len(model.asked) == 1
    [step] = await story.steps()
    assert (step["kind"], step["position"], step["response"]["agent"]) == ("route", 0, "email_sales")


async def test_a_model_cannot_claim_that_a_rule_decided(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("route", agent="chat", reason="x", decided_by="rule")))
    assert (await routed(story, "hello")).decided_by == "supervisor"


async def test_the_built_in_model_routes(story: Story) -> None:
    assert (await routed(story, "I want an appointment on Tuesday", model="builtin")).agent == "scheduling"


@pytest.mark.parametrize("failure", [ModelHTTPError(500, "script"), TimeoutError()])
async def test_when_the_provider_is_down_the_built_in_model_routes(
    story: Story, use_model: UseModel, failure: BaseException
) -> None:
    use_model(Script(failure))
    route = await routed(story, "I want an appointment on Tuesday")
    assert route.agent == "scheduling"
    assert "scripted:" in route.reason
