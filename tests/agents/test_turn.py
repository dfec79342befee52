"""A turn from its request to its end: what is said, called, written, and what happens when something breaks."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelRequest, UserPromptPart

from dynaris.agents import conduct, herald, journal_model
from dynaris.agents.journal import Journal, RunHeader
from dynaris.agents.tools import built_in_tools
from dynaris.agents.turn import Done, Message, TextDelta, ToolCall, Typing
from dynaris.core.errors import Unavailable
from tests.agents.conftest import Script, Story, UseModel, call, later
from tests.agents.test_context import loaded


class Crash(BaseException):
    """The process dies here."""


async def test_a_text_is_the_reply_and_the_run_is_written(story: Story, use_model: UseModel) -> None:
    use_model(Script("A massage costs 69 euros."))
    ended = await herald.run_turn(story.db, story.request())
    assert ended == Done(decision="reply", text="A massage costs 69 euros.")
    [run] = await story.execute("SELECT * FROM run WHERE workspace_id = %s", story.workspace.id)
    assert (run["agent"], run["model"], run["status"]) == ("chat", "scripted", "running")
    assert (run["input_tokens"], run["output_tokens"]) == (10, 5)
    assert run["prompt"]["input"] == "What does a massage cost?"
    assert "<task>specialist: chat</task>" in run["prompt"]["instructions"]
    [step] = await story.steps()
    assert (step["kind"], step["done"], step["position"]) == ("model", True, 1)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (
            call("escalate", reason="wants a human", summary="Asks for a person.", message="A colleague takes over."),
            Done(
                decision="escalate",
                escalate=True,
                reason="wants a human",
                summary="Asks for a person.",
                text="A colleague takes over.",
            ),
        ),
        (
            call("follow_up", reason="offer sent", due_at=later(72).isoformat(), message="We will ask again."),
            Done(decision="follow_up", reason="offer sent", due_at=later(72), text="We will ask again."),
        ),
        (
            call("wait", reason="until the stock is counted", due_at=later(2).isoformat()),
            Done(decision="wait", reason="until the stock is counted", due_at=later(2)),
        ),
        (call("ignore", reason="spam"), Done(decision="ignore", reason="spam")),
    ],
)
async def test_a_decision_ends_the_turn(
    story: Story, use_model: UseModel, decision: dict[str, Any], expected: Done
) -> None:
    use_model(Script(decision))
    assert await herald.run_turn(story.db, story.request()) == expected


async def test_a_date_in_the_past_is_asked_for_again(story: Story, use_model: UseModel) -> None:
    model = Script(
        call("wait", reason="x", due_at=later(-1).isoformat()), call("wait", reason="x", due_at=later(1).isoformat())
    )
    use_model(model)
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.due_at == later(1)
    assert len(model.asked) == 2


async def test_saying_nothing_is_not_an_answer(story: Story, use_model: UseModel) -> None:
    use_model(Script("  ", "Hello."))
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.text == "Hello."


async def test_a_reply_that_is_too_long_to_send_is_asked_for_again(story: Story, use_model: UseModel) -> None:
    model = Script("x" * 500_000, "Short.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.text == "Short."
    assert "500,000 characters" in str(model.asked[1][-1])


async def test_who_only_says_too_much_hands_on(story: Story, use_model: UseModel) -> None:
    use_model(Script(*["x" * 500_000] * 5))
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert (ended.decision, ended.text, ended.reason) == (
        "escalate",
        None,
        "the agent's model answered again and again in a way that is no use",
    )


def five_steps() -> Script:
    return Script(
        call("create_task", title="Call Ada back"), call("add_note", text="Prefers mornings"), "We will call you back."
    )


async def test_a_turn_killed_at_any_step_resumes_without_doing_anything_twice(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five steps, each killed before its row is written and right after; the effects of a killed tool have happened."""
    write = Journal._write
    crash_at: dict[str, int] = {}
    written = 0

    async def dying(journal: Journal, **step: Any) -> Any:
        nonlocal written
        written += 1
        if crash_at.get("before") == written:
            raise Crash
        result = await write(journal, **step)
        if crash_at.get("after") == written:
            raise Crash
        return result

    monkeypatch.setattr(Journal, "_write", dying)
    for where in ("before", "after"):
        for step in range(1, 6):
            story.run_id, story.event_id = type(story)(story.db, story.workspace).run_id, story.event_id
            before = await story.count("task"), await story.count("message")
            model = five_steps()
            use_model(model)
            crash_at.clear()
            crash_at[where] = step
            written = 0
            with pytest.raises(BaseException) as death:  # noqa: PT011 - whatever a crash is wrapped in
                await herald.run_turn(story.db, story.request())
            assert "Crash" in repr(death.value)
            asked_before = len(model.asked)
            crash_at.clear()
            ended = await herald.run_turn(story.db, story.request())
            assert isinstance(ended, Done)
            assert ended.text == "We will call you back."
            steps = await story.steps()
            assert [s["kind"] for s in steps] == ["model", "tool", "model", "tool", "model"], (where, step)
            assert [s["position"] for s in steps] == [1, 2, 3, 4, 5]
            after = await story.count("task"), await story.count("message")
            assert after == (before[0] + 1, before[1] + 1), f"an effect doubled when killed {where} step {step}"
            recorded_models = {("before", 1): 0, ("before", 3): 1, ("before", 5): 2}.get((where, step))
            unrecorded = 1 if recorded_models is not None else 0
            assert len(model.asked) == 3 + unrecorded, "a recorded model call was repeated"
            assert asked_before <= 3


async def test_a_finished_turn_run_again_asks_nobody(story: Story, use_model: UseModel) -> None:
    model = five_steps()
    use_model(model)
    first = await herald.run_turn(story.db, story.request())
    asked = len(model.asked)
    assert await herald.run_turn(story.db, story.request()) == first
    assert len(model.asked) == asked
    assert await story.count("task") == 1


async def test_two_workers_on_one_run_do_not_mix_their_steps(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was given up for dead goes on: the row that the other one wrote first stops it."""

    use_model(Script("Mine."))
    respond = Script.request

    async def slow(self: Script, *arguments: Any) -> Any:
        response = await respond(self, *arguments)
        await story.execute(
            """WITH r AS (INSERT INTO run (workspace_id, id, event_id, agent, model, prompt)
                          VALUES (%s, %s, %s, 'chat', 'scripted', '{}'))
               INSERT INTO run_step (workspace_id, id, run_id, position, kind, done)
               VALUES (%s, gen_random_uuid(), %s, 1, 'model', true)""",
            *(story.workspace.id, story.run_id, story.event_id, story.workspace.id, story.run_id),
        )
        return response

    monkeypatch.setattr(Script, "request", slow)
    with pytest.raises(Unavailable, match="another worker"):
        await herald.run_turn(story.db, story.request())


async def test_a_model_that_loops_is_stopped_and_a_person_takes_over(story: Story, use_model: UseModel) -> None:
    model = Script(lambda messages: call("search_knowledge", query=f"again {len(messages)}"))
    use_model(model)
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert (ended.decision, ended.escalate) == ("escalate", True)
    assert "more steps" in ended.reason
    assert len(model.asked) == 8
    assert [step["kind"] for step in await story.steps()][-1] == "note"


async def test_the_same_call_is_made_three_times_at_most(story: Story, use_model: UseModel) -> None:
    use_model(Script(*[call("add_note", text="Prefers mornings")] * 4, "Done."))
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    tools = [step for step in await story.steps() if step["kind"] == "tool"]
    assert [step["error"] is None for step in tools] == [True, True, True, False]
    assert "was called 3 times" in tools[3]["error"]


async def test_a_model_that_counts_its_calls_from_one_each_time_is_understood(
    story: Story, use_model: UseModel
) -> None:
    use_model(
        Script(call("add_note", "call-1", text="First"), call("add_note", "call-1", text="Second"), "Noted both.")
    )
    await herald.run_turn(story.db, story.request())
    notes = await story.execute("SELECT text FROM message WHERE workspace_id = %s ORDER BY id", story.workspace.id)
    assert [note["text"] for note in notes] == ["First", "Second"]


async def test_when_the_provider_is_down_the_built_in_model_answers_and_it_is_recorded(
    story: Story, use_model: UseModel
) -> None:
    use_model(Script(ModelHTTPError(503, "script", "overloaded")))
    ended = await herald.run_turn(story.db, story.request("Can I talk to a person?"))
    assert isinstance(ended, Done)
    assert ended.text or ended.escalate
    again, fallback, answered = await story.steps()
    assert (again["request"]["kind"], fallback["request"]["kind"]) == ("again", "fallback")
    assert "503" in fallback["request"]["error"]
    assert (answered["kind"], answered["model"]) == ("model", "builtin")


async def test_a_silent_provider_counts_as_down(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(journal_model, "REQUEST_SECONDS", 0.01)
    monkeypatch.setattr(Script, "request", silent)
    use_model(Script("never said"))
    ended = await herald.run_turn(story.db, story.request("Hello!"))
    assert isinstance(ended, Done)
    assert ended.text
    assert (await story.steps())[0]["request"]["kind"] == "fallback"


async def test_a_turn_that_takes_too_long_goes_to_a_person(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(Script, "request", silent)
    use_model(Script("never said"))
    ended = await herald.run_turn(story.db, story.request("Hello!"), seconds=0.01)
    assert isinstance(ended, Done)
    assert (ended.escalate, ended.reason) == (True, "the agent took too long")


async def test_a_turn_of_several_drafts_takes_no_longer_than_a_turn_may(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = Script.request

    async def slow(*given: Any) -> Any:
        await asyncio.sleep(0.3)
        return await answered(*given)

    monkeypatch.setattr(Script, "request", slow)
    use_model(Script("One.", "Two."))
    ended = await herald.run_turn(story.db, story.request("Hello!"), feedback=["Too short."], seconds=0.5)
    assert isinstance(ended, Done)
    assert ended.reason == "the agent took too long"


async def test_a_text_without_end_is_not_put_before_a_model_whole(story: Story, use_model: UseModel) -> None:
    model = Script("Gladly.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request("word " * 100_000))
    assert isinstance(ended, Done)
    assert ended.text == "Gladly."
    assert len(model.asked) == 1, "what was left out is no further message"
    asked = str(model.asked[0][-1].parts[0].content)  # type: ignore[union-attr]
    assert len(asked) < 41_000
    assert "460,000 more characters" in asked


async def test_a_slow_tool_is_cut_off_and_the_model_is_told(
    story: Story, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: Any) -> Any:
        await asyncio.Event().wait()

    tools = dict(built_in_tools())
    tools["add_note"] = replace(tools["add_note"], run=slow, seconds=0.01)
    monkeypatch.setattr(conduct, "built_in_tools", lambda: tools)
    conduct.agent_of.cache_clear()
    use_model(Script(call("add_note", text="x"), "Sorry."))
    ended = await herald.run_turn(story.db, story.request())
    conduct.agent_of.cache_clear()
    assert isinstance(ended, Done)
    assert ended.text == "Sorry."
    [tool] = [step for step in await story.steps() if step["kind"] == "tool"]
    assert "may have happened" in tool["error"]


async def test_a_model_without_a_key_falls_back_too(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    ended = await herald.run_turn(story.db, story.request("Hello!", model="openai:gpt-5.2"))
    assert isinstance(ended, Done)
    [note, *_] = await story.steps()
    assert note["request"]["kind"] == "fallback"
    assert "openai:gpt-5.2" in note["request"]["error"]


async def test_a_failing_tool_is_told_to_the_model_not_to_the_contact(story: Story, use_model: UseModel) -> None:
    model = Script(call("create_task", title="Call back", owner="Nobody Here"), "I asked the team.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.text == "I asked the team."
    [tool] = [step for step in await story.steps() if step["kind"] == "tool"]
    assert "Olivia Owner" in tool["error"]
    assert "Olivia Owner" in str(model.asked[1][-1])


async def test_arguments_that_do_not_fit_are_told_to_the_model(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("create_task", titel="Call back"), "Sorry."))
    await herald.run_turn(story.db, story.request())
    [tool] = [step for step in await story.steps() if step["kind"] == "tool"]
    assert "title: Field required" in tool["error"]


async def test_a_number_without_end_among_the_arguments_is_told_to_the_model(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("look_up_timeline", limit=10**30), "Sorry."))
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.text == "Sorry."
    [tool] = [step for step in await story.steps() if step["kind"] == "tool"]
    assert "limit: Input should be less than or equal to 50" in tool["error"]
    assert tool["request"] == {"limit": str(10**30)}


async def test_nul_characters_from_a_model_are_dropped(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("add_note", text="a\x00b"), "Hel\x00lo"))
    ended = await herald.run_turn(story.db, story.request())
    assert isinstance(ended, Done)
    assert ended.text == "Hello"


async def test_events_come_in_order_while_the_turn_runs(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("add_note", text="Prefers mornings"), "Noted."))
    events = [event async for event in herald.turn(story.db, story.request())]
    assert [type(event) for event in events] == [Typing, ToolCall, Message, Done]
    tool = events[1]
    assert isinstance(tool, ToolCall)
    assert (tool.tool, tool.arguments, tool.error) == ("add_note", {"text": "Prefers mornings"}, None)


async def test_text_is_streamed_and_recorded(story: Story) -> None:
    request = story.request("Can I talk to a person?", model="builtin")
    events = [event async for event in herald.turn(story.db, request, stream=True)]
    ended = events[-1]
    assert isinstance(ended, Done)
    if ended.decision == "reply":
        assert "".join(event.text for event in events if isinstance(event, TextDelta)).strip() == ended.text
    assert [step["kind"] for step in await story.steps()].count("model") >= 1


async def test_a_cancelled_turn_stops_its_agent(story: Story, use_model: UseModel) -> None:
    model = five_steps()
    use_model(model)
    events = herald.turn(story.db, story.request())
    async for event in events:
        if isinstance(event, ToolCall):
            break
    await events.aclose()  # type: ignore[attr-defined]
    assert len(model.asked) < 3


async def test_a_rejected_draft_is_written_again_with_the_reason(story: Story, use_model: UseModel) -> None:
    model = Script("First draft.", "Second draft.", "Third draft.")
    use_model(model)
    request = story.request()
    assert (await herald.run_turn(story.db, request)).text == "First draft."  # type: ignore[union-attr]
    second = await herald.run_turn(story.db, request, feedback=["too short"])
    assert second.text == "Second draft."  # type: ignore[union-attr]
    again = await herald.run_turn(story.db, request, feedback=["too short"])
    assert again.text == "Second draft."  # type: ignore[union-attr]
    third = await herald.run_turn(story.db, request, feedback=["too short", "too short"])
    assert third.text == "Third draft."  # type: ignore[union-attr]
    assert len(model.asked) == 3
    assert "A teammate rejected your draft: too short" in str(model.asked[1][-1])


async def test_a_message_that_arrives_meanwhile_is_taken_into_the_answer(story: Story, use_model: UseModel) -> None:
    def answer(messages: list[Any]) -> str:
        return "Both." if "And parking?" in str(messages[-1]) else "Prices."

    model = Script(answer)
    use_model(model)
    request = story.request("Prices?")
    assert (await herald.run_turn(story.db, request)).text == "Prices."  # type: ignore[union-attr]
    both = await herald.run_turn(story.db, request, additions=["And parking?"])
    assert both.text == "Both."  # type: ignore[union-attr]
    last = model.asked[-1][-1]
    assert isinstance(last, ModelRequest)
    assert [part.content for part in last.parts if isinstance(part, UserPromptPart)] == ["Prices?\n\nAnd parking?"]
    assert "Prices." not in str(model.asked[-1]), "the unsent draft is not part of the conversation"
    # After a crash the events come back joined, with nothing added: the same answer, nobody asked.
    resumed = await herald.run_turn(story.db, story.request("Prices?\n\nAnd parking?"))
    assert resumed.text == "Both."  # type: ignore[union-attr]
    assert len(model.asked) == 2


async def test_nobody_wrote_when_a_turn_is_woken(story: Story, use_model: UseModel) -> None:
    model = Script("Just asking again.")
    use_model(model)
    await herald.run_turn(story.db, story.request("", wake="the offer runs out tomorrow"))
    assert "Nobody wrote: the offer runs out tomorrow" in str(model.asked[0][-1])
    assert 'proactive="true"' in model.instructions[0]


async def test_earlier_messages_are_the_history_and_the_burst_itself_is_not(story: Story, use_model: UseModel) -> None:
    await story.say("Are you open today?", event_id=type(story)(story.db, story.workspace).event_id)
    await story.say("Yes, until seven.", author="agent")
    await story.say("What does", event_id=story.event_id)
    await story.say("a massage cost?")
    model = Script("x", "69 euros.")
    use_model(model)
    ended = await herald.run_turn(story.db, story.request("What does\n\na massage cost?"))
    assert isinstance(ended, Done)
    assert ended.text == "69 euros."
    said = [getattr(part, "content", None) for message in model.asked[0] for part in message.parts]
    assert said == ["Are you open today?", "Yes, until seven.", "What does\n\na massage cost?"]


async def test_several_tools_that_only_read_are_called_at_once_and_each_has_its_row(
    story: Story, use_model: UseModel
) -> None:
    looks = [call("look_up_contact"), call("look_up_timeline"), call("search_knowledge", query="price")]
    use_model(Script(looks, "69 euros."))
    assert await herald.run_turn(story.db, story.request()) == Done(decision="reply", text="69 euros.")
    tools = [step["tool"] for step in await story.steps() if step["kind"] == "tool"]
    assert sorted(tools) == ["look_up_contact", "look_up_timeline", "search_knowledge"]


async def test_what_is_known_of_a_runs_cost_is_known_when_it_goes_on(story: Story, use_model: UseModel) -> None:
    """Also beside a request whose price nobody knows: else each time that it goes on it could cost its limit again."""
    use_model(Script("Gladly."))
    await herald.run_turn(story.db, story.request())
    await story.execute("UPDATE run SET cost = NULL WHERE workspace_id = %s", story.workspace.id)
    await story.execute("UPDATE run_step SET cost = 0.7 WHERE workspace_id = %s", story.workspace.id)
    context = await loaded(story, run_id=story.run_id)
    header = RunHeader(
        agent="chat",
        model="scripted",
        prompt={},
        event_id=story.event_id,
        contact_id=story.contact_id,
        conversation_id=story.conversation_id,
    )
    journal = Journal(story.db, story.workspace.id, story.run_id, header)
    journal.recall(context.run, context.steps)
    assert (journal.cost, journal.known_cost) == (None, Decimal("0.7"))
