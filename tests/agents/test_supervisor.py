"""Which specialist answers."""

from typing import Any

import pytest
from pydantic_ai.exceptions import ModelHTTPError

from dynaris.agents import supervisor
from dynaris.agents.turn import Route
from dynaris.core.ids import new_id
from tests.agents.conftest import Script, Story, UseModel, call


async def routed(story: Story, text: str, *, model: str = "scripted", mapped: str | None = None, **given: Any) -> Route:
    route = await supervisor.route(
        story.db,
        workspace_id=story.workspace.id,
        run_id=story.run_id,
        contact_id=story.contact_id,
        conversation_id=given.pop("conversation_id", story.conversation_id),
        text=text,
        channel="webchat",
        mapped_agent=mapped,
        model=model,
        **given,
    )
    assert route is not None
    return route


async def answered_before(story: Story, agent: str) -> None:
    """The run that this one follows in its conversation."""
    await story.execute(
        """INSERT INTO run (workspace_id, id, event_id, contact_id, conversation_id, agent, model, prompt, status)
           VALUES (%s, %s, %s, %s, %s, %s, 'builtin', '{}', 'done')""",
        *(story.workspace.id, story.run_id, story.event_id, story.contact_id, story.conversation_id, agent),
    )
    story.run_id = new_id()


async def test_a_mapped_account_needs_no_model_and_no_row(story: Story) -> None:
    route = await routed(story, "hello", mapped="scheduling")
    assert (route.agent, route.decided_by) == ("scheduling", "rule")
    assert await story.steps() == []


async def test_the_models_decision_is_step_zero_and_is_not_asked_for_again(story: Story, use_model: UseModel) -> None:
    model = Script(call("route", agent="email_sales", reason="asks for an offer", priority="high", language="de"))
    use_model(model)
    route = await routed(story, "Was kostet das?")
    assert route == Route(
        agent="email_sales", specialist="email_sales", reason="asks for an offer", priority="high", language="de"
    )
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


@pytest.mark.parametrize(
    "text",
    [
        "The second one, please.",
        "Ja, das passt mir",
        "10:30",
        "Is there parking?",
        "yes, I am Ann Real, ann.real@example.com",
        "oui, Ann Real, ann.real@example.com",
    ],
)
async def test_a_reply_about_an_appointment_stays_with_scheduling_without_a_model(
    story: Story, use_model: UseModel, text: str
) -> None:
    model = Script(call("route", agent="chat", reason="x"))
    use_model(model)
    await answered_before(story, "scheduling")
    route = await routed(story, text)
    assert (route.agent, route.decided_by, model.asked) == ("scheduling", "rule", [])
    assert "scheduling answered here before" in route.reason
    [step] = await story.steps()
    assert step["response"]["decided_by"] == "rule"


@pytest.mark.parametrize(
    "text", ["Please call me back about it", "I want a refund, this is outrageous", "Can you compare your packages?"]
)
async def test_what_clearly_begins_something_else_is_the_models_to_decide(
    story: Story, use_model: UseModel, text: str
) -> None:
    model = Script(call("route", agent="email_sales", reason="x"))
    use_model(model)
    await answered_before(story, "scheduling")
    assert (await routed(story, text)).decided_by == "supervisor"
    assert len(model.asked) == 1


async def test_who_answered_in_another_conversation_or_only_chatted_decides_nothing(
    story: Story, use_model: UseModel
) -> None:
    use_model(Script(call("route", agent="chat", reason="x")))
    await answered_before(story, "scheduling")
    assert (await routed(story, "The second one", conversation_id=new_id())).decided_by == "supervisor"
    await answered_before(story, "chat")
    assert (await routed(story, "The second one")).decided_by == "supervisor"


async def test_whoever_planned_to_come_back_does(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("route", agent="chat", reason="x")))
    await answered_before(story, "email_sales")
    route = await routed(story, "", wake="ask whether the offer fits")
    assert (route.agent, route.decided_by) == ("email_sales", "rule")


async def test_what_was_said_aloud_goes_to_voice(story: Story) -> None:
    route = await routed(story, "Könnten Sie mich bitte zurückrufen? Es ist dringend.", spoken=True)
    assert (route.agent, route.decided_by, route.language) == ("voice", "rule", "de")
    assert await story.steps() == []


async def test_what_stands_far_down_in_a_letter_without_end_is_not_looked_at(story: Story) -> None:
    letter = "The weather was fine. " * 1_000
    assert (await routed(story, f"Urgent! {letter}", mapped="chat")).priority == "high"
    assert (await routed(story, f"{letter} Urgent!", mapped="chat")).priority == "normal"
