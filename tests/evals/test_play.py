"""A scripted customer's side: which times were offered, and who says who they are."""

from types import SimpleNamespace
from typing import Any, cast

from dynaris.evals.cases import case_of
from dynaris.evals.play import Talk, offered
from dynaris.evals.playing import Turn, UsedTool
from dynaris.evals.world import Stage
from tests.evals.examples import a_case
from tests.evals.test_judge import KNOWN

STAGE = cast(Stage, SimpleNamespace(known=KNOWN, accounts={"webchat": None}))
SLOTS = UsedTool(name="find_slots", result=[{"starts_at": f"2026-11-24T{time}+01:00"} for time in ("15:30", "16:15")])


def turn(*replies: str, tools: list[UsedTool] | None = None) -> Turn:
    return Turn(wrote="x", replies=list(replies), tools=tools or [])


def test_the_offered_times_are_the_calendars_in_the_order_of_the_answer() -> None:
    said = turn("We are open from 8:00. I have 16:15, or 3:30 pm, or 16:15 with Tom.", tools=[SLOTS])
    assert offered([said], STAGE) == ["16:15", "15:30"]
    assert offered([turn("Um 15 Uhr 30 oder 16.15 Uhr?", tools=[SLOTS])], STAGE) == ["15:30", "16:15"]


def test_times_that_no_calendar_knows_were_not_offered() -> None:
    assert offered([turn("Open from 8:00 to 19:00")], STAGE) == []
    failed = SLOTS.model_copy(update={"error": "no such service"})
    assert offered([turn("15:30?", tools=[failed])], STAGE) == []


def test_times_of_an_earlier_turn_can_be_offered_again() -> None:
    assert offered([turn("15:30?", tools=[SLOTS]), turn("15:30 is still free.")], STAGE) == ["15:30"]


def talk(**expect: Any) -> Talk:
    return Talk(STAGE, case_of(a_case(expect={"outcome": "answered", **expect})))


def test_who_wants_to_book_says_once_who_they_are_when_asked() -> None:
    asks = turn("I keep 15:30 for you. May I have your name and an e-mail address?")
    customer = talk(booking={"service": "Massage", "weekday": "tuesday"})
    assert customer.details_for(turn("If you leave an e-mail address, we can write to you.")) is None
    assert str(customer.details_for(asks)).startswith("Ann, chat-en-parking-1.")
    assert customer.details_for(asks) is None
    assert talk().details_for(asks) is None
