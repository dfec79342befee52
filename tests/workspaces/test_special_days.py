"""Days with other hours: what an agent is told of them, and what the built-in model answers."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from dynaris.agents.builtin.days import SpecialDay, asked_about, asks_for_hours
from dynaris.workspaces.opening_hours import is_open
from tests.agents.asked import HOURS, PARKING, Passage, says, told, wrote

EVE = SpecialDay(date(2026, 12, 24), "09:00-12:00", "Christmas Eve")
DAY = SpecialDay(date(2026, 12, 25), "closed")
TODAY = date(2026, 12, 23)
WEEK = {day: ["08:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
EXCEPTIONS: list[dict[str, Any]] = [
    {"date": "2026-12-24", "hours": ["09:00-12:00"], "note": "Christmas Eve"},
    {"date": "2026-12-25", "hours": []},
]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Are you open on 24 December?", [EVE]),
        ("Are you open on December 24th?", [EVE]),
        ("Habt ihr am 24.12. offen?", [EVE]),
        ("Haben Sie am 24. Dezember geöffnet?", [EVE]),
        ("¿Abren el 25 de diciembre?", [DAY]),
        ("Vous êtes ouverts le 25 décembre ?", [DAY]),
        ("open on 2026-12-24?", [EVE]),
        ("Are you open on Christmas Eve?", [EVE]),
        ("Are you open tomorrow?", [EVE]),
        ("Guten Morgen, haben Sie offen?", []),
        ("Are you open on 23 December?", []),
        ("Are you open on 24 December 2027?", []),
        ("Are you open on 31 June or 99.99.?", []),
        ("Are you open on 24 and 25 December?", [EVE, DAY]),
        ("Habt ihr am 24. und 25. Dezember offen?", [EVE, DAY]),
    ],
)
def test_a_day_is_recognised_however_it_is_said(text: str, days: list[SpecialDay]) -> None:
    assert asks_for_hours(text)
    assert asked_about(text, [EVE, DAY], TODAY) == days


def test_on_a_special_day_its_hours_hold() -> None:
    def open_at(day: int, hour: int) -> bool:
        return is_open(WEEK, datetime(2026, 12, day, hour, tzinfo=UTC), EXCEPTIONS)

    assert [open_at(23, 15), open_at(24, 10), open_at(24, 15), open_at(25, 10)] == [True, True, False, False]


def said(text: str, *passages: Passage, now: str = "2026-12-20T10:00:00+00:00") -> str:
    days = (
        '<hours_exception date="2026-12-24" note="Christmas Eve">09:00-12:00</hours_exception>'
        '<hours_exception date="2026-12-25">closed</hours_exception>'
    )
    return says(f"{told(passages=passages)}{days}<now>{now}</now>", wrote(text))


def test_the_built_in_model_goes_by_the_day_and_not_by_what_is_written_down() -> None:
    answer = said("Are you open on 24 December?", HOURS)
    assert "On 24 December we are open 09:00-12:00 (Christmas Eve)." in answer
    assert "Monday to Friday" not in answer
    assert "Am 25. Dezember haben wir geschlossen." in said("Haben Sie am 25.12. geöffnet?", HOURS)


def test_what_else_was_asked_is_answered_too() -> None:
    parking = (*PARKING[:3], 1)
    answer = said("Are you open on 24 December? Is there parking?", HOURS, parking)
    assert "09:00-12:00" in answer
    assert "free for two hours" in answer
    assert "Monday to Friday" not in answer


def test_who_asks_for_the_hours_is_told_what_will_be_different_soon() -> None:
    answer = said("What are your opening hours?", HOURS)
    assert "Monday to Friday" in answer
    assert "On 25 December we are closed." in answer
    assert "December" not in said("What are your opening hours?", HOURS, now="2026-11-20T10:00:00+00:00")
    assert "December" not in said("Are you open on 22 December?".replace("December", "Dec."), HOURS)
