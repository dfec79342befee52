"""The first request of a turn, made without the agent's graph: the same request, the same end, asked once."""

from dataclasses import fields
from typing import Any, get_args

import pytest
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from dynaris.agents import conduct, herald, supervisor
from dynaris.agents.builtin_model import BuiltinModel
from dynaris.agents.first_step import first_step
from dynaris.agents.journal import Journal
from dynaris.agents.turn import Done, SpecialistName
from dynaris.core.ids import new_id
from tests.agents.conftest import Script, Story, UseModel, call

INSTRUCTIONS = "<task>specialist: chat</task>\n<now>2026-03-02T10:00:00+00:00</now>"


def asked(text: str) -> ModelRequest:
    return ModelRequest(parts=[UserPromptPart(text)])


def told(text: str) -> ModelResponse:
    return ModelResponse(parts=[TextPart(text)])


HISTORIES: dict[str, list[ModelMessage]] = {
    "none": [],
    "turns": [asked("Do you park?"), told("Yes."), asked("Thanks"), told("Gladly.")],
    "begun by us": [told("We would like to remind you."), asked("Thanks"), told("Gladly.")],
    "two in a row": [asked("Hi"), told("Hello."), told("Still there?"), asked("Yes"), asked("One moment")],
}


class Heard(Exception):
    """Enough: nothing is answered."""


class Listening(Script):
    """Keeps what reaches it."""

    heard: tuple[list[ModelMessage], ModelSettings | None, ModelRequestParameters]

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        self.heard = list(messages), model_settings, model_request_parameters
        raise Heard


def comparable(messages: list[ModelMessage]) -> list[Any]:
    """Without the moments and the random ids of a run."""
    return [
        (
            type(message),
            [(type(part), part.content) for part in message.parts],  # type: ignore[union-attr]
            getattr(message, "instructions", None),
            message.metadata,
        )
        for message in messages
    ]


async def assert_same(agent: Agent[Any, Any], *, instructions: str, before: list[ModelMessage]) -> None:
    sent, direct = Listening(), Listening()
    given = (lambda: instructions) if instructions else None
    with pytest.raises(Heard):
        await agent.run("And now?", model=sent, message_history=before, instructions=given)
    step = await first_step(agent)
    with pytest.raises(Heard):
        await step.ask(direct, "And now?", instructions=instructions, before=before)
    assert comparable(direct.heard[0]) == comparable(sent.heard[0])
    assert direct.heard[1] == sent.heard[1]
    for field in fields(ModelRequestParameters):
        assert getattr(direct.heard[2], field.name) == getattr(sent.heard[2], field.name), field.name


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("name", get_args(SpecialistName))
async def test_the_request_is_what_the_agent_would_send(name: SpecialistName, history: str) -> None:
    await assert_same(conduct.agent_of(name), instructions=INSTRUCTIONS, before=HISTORIES[history])


async def test_the_supervisors_request_is_what_its_agent_would_send() -> None:
    await assert_same(supervisor.agent(), instructions="", before=[])


@pytest.fixture
def graph_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prompts with which an agent's graph ran."""
    run = Agent.run
    prompts: list[str] = []

    async def counted(self: Agent[Any, Any], prompt: str, **arguments: Any) -> Any:
        prompts.append(prompt)
        return await run(self, prompt, **arguments)

    monkeypatch.setattr(Agent, "run", counted)
    return prompts


@pytest.mark.parametrize("answer", ["We open at nine.", call("ignore", reason="spam")])
async def test_a_plain_answer_ends_the_turn_without_the_graph(
    story: Story, use_model: UseModel, graph_runs: list[str], answer: Any
) -> None:
    model = Script(answer)
    use_model(model)
    await first_step(conduct.agent_of("chat"))
    graph_runs.clear()
    await herald.run_turn(story.db, story.request())
    assert (len(model.asked), graph_runs) == (1, [])
    assert [step["kind"] for step in await story.steps()] == ["model"]


@pytest.mark.parametrize(
    "unusual",
    [
        call("add_note", text="Prefers mornings"),
        call("escalate", reason="no summary"),
        [call("ignore", reason="spam"), call("add_note", text="Prefers mornings")],
        " ",
    ],
)
async def test_what_is_no_plain_answer_goes_through_the_graph_and_is_not_asked_for_twice(
    story: Story, use_model: UseModel, graph_runs: list[str], unusual: Any
) -> None:
    model = Script(unusual, "We will call you back.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert graph_runs[-1:] == ["What does a massage cost?"]
    given = [sum(isinstance(message, ModelResponse) for message in messages) for messages in model.asked]
    assert given == list(range(len(given))), "the same request was made twice"


async def test_a_turn_killed_after_its_only_response_ends_without_asking_again(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    responded = Journal.responded

    class Crash(BaseException):
        pass

    async def dying(journal: Journal, *arguments: Any) -> Any:
        await responded(journal, *arguments)
        raise Crash

    model = Script("We open at nine.")
    use_model(model)
    with monkeypatch.context() as killed:
        killed.setattr(Journal, "responded", dying)
        with pytest.raises(Crash):
            await herald.run_turn(story.db, story.request())
    ended = await herald.run_turn(story.db, story.request())
    assert ended == Done(decision="reply", text="We open at nine.")
    assert len(model.asked) == 1
    assert len(await story.steps()) == 1


async def test_an_addition_after_a_plain_answer_is_taken_in(story: Story, use_model: UseModel) -> None:
    model = Script("69 euros.", "69 euros, and we open at nine.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request(), additions=["And when do you open?"])
    assert isinstance(ended, Done)
    assert "when do you open" in str(model.asked[-1])
    assert [step["kind"] for step in await story.steps()] == ["model", "note", "model"]


async def test_the_supervisor_asks_once_and_again_only_where_the_answer_does_not_fit(
    story: Story, use_model: UseModel, graph_runs: list[str]
) -> None:
    async def routed() -> str:
        route = await supervisor.route(
            story.db,
            workspace_id=story.workspace.id,
            run_id=new_id(),
            contact_id=story.contact_id,
            conversation_id=story.conversation_id,
            text="Was kostet das?",
            channel="webchat",
            mapped_agent=None,
            model="scripted",
        )
        assert route is not None
        return route.agent

    await first_step(supervisor.agent())
    graph_runs.clear()
    fits = call("route", agent="email_sales", reason="asks for an offer")
    model = Script(fits)
    use_model(model)
    assert (await routed(), len(model.asked), graph_runs) == ("email_sales", 1, [])
    model = Script(call("route", agent="nobody", reason="x"), fits)
    use_model(model)
    assert (await routed(), len(model.asked), len(graph_runs)) == ("email_sales", 2, 1)


async def test_the_built_in_model_gets_a_plain_conversation_as_it_is() -> None:
    messages: list[ModelMessage] = [asked("Hi"), told("Hello."), asked("When do you open?")]
    assert BuiltinModel().prepare_messages(messages, ModelRequestParameters()) == messages
