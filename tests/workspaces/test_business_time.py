"""Only time in which the business is open counts: for calls that are due, and for the clocks of SLAs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dynaris.workspaces.business_time import Hours, time_after, time_between

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {"friday": ["08:00-12:00", "13:00-16:00"], "saturday": ["22:00-02:00"], "monday": ["08:00-18:00"]}
HOURS = Hours("Europe/Berlin", WEEK)
ALL_DAY = Hours("Europe/Berlin", {day: ["00:00-24:00"] for day in ("saturday", "sunday", "monday")})


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=BERLIN)


def due(hours: Hours | None, start: str, minutes: int, pauses: tuple[tuple[str, str], ...] = ()) -> str:
    spans = [(local(since), local(until)) for since, until in pauses]
    after = time_after(hours, local(start), timedelta(minutes=minutes), spans)
    return f"{after.astimezone(BERLIN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-11-20 09:00", 60, "2026-11-20 10:00"),
        ("2026-11-20 06:00", 60, "2026-11-20 09:00"),
        ("2026-11-20 11:30", 60, "2026-11-20 13:30"),
        ("2026-11-20 15:30", 60, "2026-11-21 22:30"),
        ("2026-11-22 01:30", 60, "2026-11-23 08:30"),
        ("2026-11-22 01:00", 60, "2026-11-22 02:00"),
        ("2026-11-23 17:30", 60, "2026-11-27 08:30"),
    ],
)
def test_only_opening_time_counts(start: str, minutes: int, expected: str) -> None:
    assert due(HOURS, start, minutes) == expected
    spent = time_between(HOURS, local(start), local(expected))
    assert spent == timedelta(minutes=minutes)


def test_a_holiday_is_closed() -> None:
    closed = Hours("Europe/Berlin", WEEK, [{"date": "2026-11-20", "hours": [], "note": "Closed"}])
    assert due(closed, "2026-11-20 00:00", 60) == "2026-11-21 23:00"


def test_without_hours_the_clock_counts() -> None:
    for hours in (None, Hours("Europe/Berlin", {}), Hours("Europe/Berlin", {"monday": []})):
        assert due(hours, "2026-11-20 00:00", 60) == "2026-11-20 01:00"


def test_the_night_in_which_clocks_go_back_has_an_hour_more() -> None:
    assert due(ALL_DAY, "2026-10-25 00:00", 24 * 60) == "2026-10-25 23:00"
    assert time_between(ALL_DAY, local("2026-10-25 00:00"), local("2026-10-26 00:00")) == timedelta(hours=25)


def test_the_night_in_which_clocks_go_forward_has_an_hour_less() -> None:
    assert due(ALL_DAY, "2026-03-29 00:00", 24 * 60) == "2026-03-30 01:00"
    assert time_between(ALL_DAY, local("2026-03-29 00:00"), local("2026-03-30 00:00")) == timedelta(hours=23)


def test_pauses_do_not_count() -> None:
    pauses = (("2026-11-20 09:00", "2026-11-20 13:30"), ("2026-11-20 14:00", "2026-11-20 15:00"))
    assert due(HOURS, "2026-11-20 08:30", 90, pauses) == "2026-11-20 15:30"
    spans = [(local(since), local(until)) for since, until in pauses]
    assert time_between(HOURS, local("2026-11-20 08:30"), local("2026-11-20 15:30"), spans) == timedelta(minutes=90)


def test_spans_that_overlap_count_once() -> None:
    twice = Hours("Europe/Berlin", {"friday": ["08:00-12:00", "10:00-14:00"]})
    assert time_between(twice, local("2026-11-20 00:00"), local("2026-11-21 00:00")) == timedelta(hours=6)


def test_without_weekly_hours_only_special_days_are_closed() -> None:
    closed = Hours("Europe/Berlin", {}, [{"date": "2026-12-24", "hours": [], "note": None}])
    assert not closed.is_open(local("2026-12-24 10:00"))
    assert closed.is_open(local("2026-12-25 03:00"))
    assert due(closed, "2026-12-23 23:30", 60) == "2026-12-25 00:30"
    assert due(Hours("Europe/Berlin", {}), "2026-12-23 23:30", 60) == "2026-12-24 00:30"
