"""What providers do when they fail, in each format: the chain answers, else a person does, and the contact is told."""

import asyncio
import time

import pytest

from dynaris.agents import breaker, herald, journal_model
from dynaris.agents.agent_settings import AgentSettings
from dynaris.agents.turn import Done, TextDelta
from tests.fakes.model_server import CUT, CUT_EARLY, EMPTY, HANG, ODD, Call, Fail, Say, Step
from tests.flows.models.conftest import COST, KINDS, Wired
from tests.flows.models.test_wire_formats import request_of_last

CHAINED = {"fallbacks": ["spare:wire-1"]}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_model, "REQUEST_SECONDS", 0.8)
    monkeypatch.setattr("dynaris.agents.failures.AGAIN_AFTER", 0.01)


async def chained(wired: Wired, kind: str) -> None:
    await wired.provider("spare", "openai-compatible", wired.spare)
    await wired.use(kind, **CHAINED)
    wired.spare.otherwise = Say("The spare one says €75.")


FAULTS: dict[str, tuple[list[Step], int]] = {  # what the first server does, and how often it is asked
    "429 with a long wait": ([Fail("rate_limit", retry_after="3600")], 1),
    "429 again and again": ([Fail("rate_limit", retry_after="0"), Fail("rate_limit", retry_after="0")], 2),
    "500 twice": ([Fail("server_error"), Fail("server_error")], 2),
    "overloaded twice": ([Fail("overloaded"), Fail("overloaded")], 2),
    "a hang": ([HANG], 1),
    "a body that breaks off, twice": ([CUT, CUT], 2),
    "a refused key": ([Fail("bad_key")], 1),
    "too long, and still too long": ([Fail("too_long"), Fail("too_long")], 2),
    "nothing said, twice": ([EMPTY, EMPTY], 2),
    "an answer of another shape": ([ODD], 1),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_the_next_model_of_the_chain_answers(wired: Wired, kind: str, fault: str) -> None:
    await chained(wired, kind)
    steps, times = FAULTS[fault]
    wired.server.will(*steps)
    event = await wired.ask()

    assert (event["outcome"], wired.sink.texts) == ("answered", ["The spare one says €75."])
    assert (len(wired.server.asked), len(wired.spare.asked)) == (times, 1)
    [fallback] = [note for note in await wired.notes() if note["kind"] == "fallback"]
    assert (fallback["model"], fallback["to"]) == ("main:wire-1", "spare:wire-1")
    assert fallback["error"]
    assert [step["model"] for step in await wired.steps("model")][-1] == "spare:wire-1"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "nothing" not in fault])
async def test_without_another_model_the_built_in_one_answers(wired: Wired, fault: str) -> None:
    await wired.use("openai-compatible")
    wired.server.will(*FAULTS[fault][0])
    event = await wired.ask()
    assert event["outcome"] == "answered"
    assert "€75" in wired.sink.texts[0]
    assert [step["model"] for step in await wired.steps("model")] == ["builtin"]


@pytest.mark.parametrize("kind", ["openai-compatible", "anthropic"])
async def test_a_short_wait_is_waited_for(wired: Wired, kind: str) -> None:
    await chained(wired, kind)
    wired.server.will(Fail("rate_limit", retry_after="1"), Say("€75."))
    started = time.monotonic()
    await wired.ask()
    assert wired.sink.texts == ["€75."]
    assert time.monotonic() - started > 1
    assert [note["kind"] for note in await wired.notes()] == ["again"]
    assert wired.spare.asked == []


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_too_long_is_asked_again_without_what_was_said_before(wired: Wired, kind: str) -> None:
    await wired.use(kind)
    wired.server.will(Say("Hello Ada."))
    await wired.ask("My number is 4711.")
    wired.server.will(Fail("too_long"), Say("€75."))
    event = await wired.ask("What does it cost?")
    assert (event["outcome"], wired.sink.texts[-1]) == ("answered", "€75.")
    longer, shorter = (str(body) for body in wired.server.asked[1:])
    assert "4711" in longer
    assert "4711" not in shorter
    assert "What does it cost?" in shorter


async def test_a_shorter_request_still_has_the_question_that_a_teammate_wants_answered_otherwise(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.ask("What does it cost?")
    request = await request_of_last(wired, text="What about parking?")
    wired.server.will(Say("No idea."), Fail("too_long"), Say("There is parking."))
    services = wired.world.services
    ended = await herald.run_turn(services.db, request, feedback=["Look it up."], models=services.models)
    assert isinstance(ended, Done)
    assert ended.text == "There is parking."
    assert "What about parking?" in str(wired.server.asked[-1]["messages"])
    assert "Look it up." in str(wired.server.asked[-1]["messages"])


async def test_what_is_too_long_for_one_model_is_whole_for_the_next(wired: Wired) -> None:
    await chained(wired, "anthropic")
    await wired.ask("My number is 4711.")
    wired.server.will(Fail("too_long"), Fail("too_long"))
    await wired.ask("What does it cost?")
    assert "4711" not in str(wired.server.asked[-1])
    assert "4711" in str(wired.spare.asked[0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wrong", [Call("search_knowledge", "{not json"), Call("search_knowledge", {}), Call("drop_tables", {"all": True})]
)
async def test_a_wrong_call_is_told_to_the_model_which_mends_it(wired: Wired, kind: str, wrong: Call) -> None:
    await wired.use(kind)
    wired.server.will(wrong, Say("€75."))
    event = await wired.ask()
    assert (event["outcome"], wired.sink.texts) == ("answered", ["€75."])
    assert len(wired.server.asked) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("What does a first assessment cost?", "A colleague will take over"),
        ("Was kostet die erste Untersuchung bei Ihnen?", "Jemand aus unserem Team übernimmt"),
        ("¿Cuánto cuesta la primera consulta con ustedes?", "Una persona de nuestro equipo se ocupará"),
        ("Combien coûte la première consultation chez vous ?", "Une personne de notre équipe prend le relais"),
    ],
)
async def test_a_model_that_never_mends_it_ends_with_a_person_and_the_contact_is_told(
    wired: Wired, kind: str, text: str, told: str
) -> None:
    await wired.use(kind)
    wired.server.otherwise = Call("drop_tables", {"all": True})
    event = await wired.ask(text)
    assert event["outcome"] == "handed_off"
    assert told in wired.sink.texts[0]
    assert len(wired.sink.texts) == 1
    [conversation] = await wired.world.rows("SELECT holder FROM conversation WHERE workspace_id = %s")
    assert conversation["holder"] == "team"


async def test_a_stream_that_breaks_off_is_not_taken_for_an_answer(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_model, "REQUEST_SECONDS", 30)  # a provider's library is loaded with its first stream
    for kind in KINDS:
        name = kind.replace("-", "_")
        await wired.provider(name, kind, wired.server)
        await wired.ask(email=f"{name}@example.com")
        wired.server.will(CUT)
        request = await request_of_last(wired, model=f"{name}:wire-1")
        models = wired.world.services.models
        events = [each async for each in herald.turn(wired.world.services.db, request, stream=True, models=models)]
        assert isinstance(events[-1], Done)
        assert events[-1].escalate, kind


@pytest.mark.parametrize("fault", [CUT_EARLY, HANG, EMPTY])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_that_ends_before_its_first_word_is_the_next_models(wired: Wired, kind: str, fault: str) -> None:
    await chained(wired, kind)
    await wired.ask()
    wired.server.will(fault, fault)
    request = await request_of_last(wired, settings=AgentSettings(fallbacks=CHAINED["fallbacks"]))
    models = wired.world.services.models
    events = [each async for each in herald.turn(wired.world.services.db, request, stream=True, models=models)]
    assert isinstance(events[-1], Done)
    assert (events[-1].decision, events[-1].text) == ("reply", "The spare one says €75.")
    assert "".join(each.text for each in events if isinstance(each, TextDelta)) == events[-1].text


async def test_a_provider_that_is_down_is_left_alone_and_comes_back_by_itself(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every inquiry waits for it; every one is answered or handed on; it answers again once it is back."""
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.4)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 0.4)
    await wired.use("openai-compatible")
    wired.server.otherwise = HANG
    outcomes = [(await wired.ask(email=f"p{number}@example.com"))["outcome"] for number in range(4)]
    assert set(outcomes) <= {"answered", "handed_off"}
    assert len(wired.sink.texts) == 4
    assert len(wired.server.asked) < 4
    [provider] = await wired.world.rows("SELECT error FROM model_provider WHERE workspace_id = %s")
    assert provider["error"]
    assert any("not asked" in note["error"] for note in await wired.notes())

    wired.server.otherwise = Say("Here I am again.")
    await asyncio.sleep(0.45)
    await wired.ask(email="later@example.com")
    await wired.ask(email="last@example.com")
    assert wired.sink.texts[-2:] == ["Here I am again."] * 2
    [provider] = await wired.world.rows("SELECT error FROM model_provider WHERE workspace_id = %s")
    assert provider["error"] is None


async def test_who_waits_for_a_moment_only_does_not_take_a_model_from_others(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that is used by many is not down because one agent has no time for it."""
    monkeypatch.setattr(journal_model, "REQUEST_SECONDS", 30)
    await wired.use("openai-compatible", max_seconds=2)
    wired.server.will(HANG)
    await wired.ask(email="hurried@example.com")
    await wired.set_agents(max_seconds=None)
    await wired.ask(email="patient@example.com")
    assert wired.sink.texts[-1] == "Gladly."
    [provider] = await wired.world.rows("SELECT error FROM model_provider WHERE workspace_id = %s")
    assert provider["error"] is None


async def test_a_provider_whose_library_cannot_be_set_up_here_is_passed_over(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoCredentials(Exception):
        """As some libraries raise: of no kind that the agent library knows."""

    def lacking(name: str) -> None:
        raise NoCredentials(f"{name} has no credentials")

    monkeypatch.setattr("dynaris.agents.model_choice.infer_model", lacking)
    await wired.set_model("google-cloud:gemini-9", supervisor="google-cloud:gemini-9")
    event = await wired.ask()
    assert (event["outcome"], "€75" in wired.sink.texts[0]) == ("answered", True)
    assert "no credentials" in (await wired.notes())[0]["error"]


async def test_after_a_failure_in_the_middle_nothing_is_done_twice(wired: Wired) -> None:
    await chained(wired, "anthropic")
    wired.server.will(Call("add_note", {"text": "Wants a price."}), HANG)
    await wired.ask()
    assert wired.sink.texts == ["The spare one says €75."]
    notes = await wired.world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert [note["text"] for note in notes] == ["Wants a price."]
    assert "Wants a price." in str(wired.spare.asked[0])


async def test_words_that_say_nothing_are_paid_for_all_the_same(wired: Wired) -> None:
    await chained(wired, "openai-compatible")
    wired.server.will(EMPTY, EMPTY)
    await wired.ask()
    assert (await wired.run())["cost"] == 3 * COST


async def test_the_supervisor_goes_down_its_chain_too(wired: Wired) -> None:
    await wired.provider("main", "openai-compatible", wired.server)
    await wired.set_model("builtin", supervisor="main:wire-1")
    wired.server.otherwise = Fail("bad_key")
    event = await wired.ask("Hm, about that thing from before?")
    assert event["outcome"] in ("answered", "handed_off")
    [route] = await wired.steps("route")
    assert "ModelAuthenticationError" in route["response"]["reason"] or "401" in route["response"]["reason"]
