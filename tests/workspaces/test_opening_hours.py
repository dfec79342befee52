"""Opening hours in words, and whether it is open now."""

from datetime import datetime

import pytest

from dynaris.workspaces.opening_hours import in_words, is_open, zone

HOURS = {
    "monday": ["08:00-12:00", "13:00-19:00"],
    "tuesday": ["08:00-12:00", "13:00-19:00"],
    "friday": ["20:00-02:00"],
    "sunday": [],
}


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-02T08:00", True),  # Monday
        ("2026-03-02T12:00", False),
        ("2026-03-02T18:59", True),
        ("2026-03-04T10:00", False),  # Wednesday
        ("2026-03-06T23:00", True),  # Friday night
        ("2026-03-07T01:59", True),  # goes on after midnight
        ("2026-03-07T02:00", False),
    ],
)
def test_open_means_inside_a_span_of_that_day(moment: str, open_: bool) -> None:
    assert is_open(HOURS, datetime.fromisoformat(moment)) is open_


def test_days_with_the_same_hours_are_said_together() -> None:
    assert in_words(HOURS).startswith("Monday to Tuesday 08:00-12:00 and 13:00-19:00; Wednesday to Thursday closed")
    assert in_words({}) == ""


def test_an_unknown_zone_is_utc() -> None:
    assert str(zone("Mars/Olympus")) == "UTC"
