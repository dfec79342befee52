"""A call is due after so many minutes in which the business is open."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dynaris.pipeline.business_time import open_time_after

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = {"friday": ["08:00-12:00", "13:00-16:00"], "saturday": ["22:00-02:00"], "monday": ["08:00-18:00"]}
FRIDAY = datetime(2026, 11, 20, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("from_", "minutes", "due"),
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
def test_only_opening_time_counts(from_: str, minutes: int, due: str) -> None:
    begun = datetime.fromisoformat(from_).replace(tzinfo=BERLIN)
    assert f"{open_time_after(HOURS, begun, timedelta(minutes=minutes)):%Y-%m-%d %H:%M}" == due


def test_a_holiday_is_closed() -> None:
    closed = [{"date": "2026-11-20", "hours": [], "note": "Closed"}]
    due = open_time_after(HOURS, FRIDAY, timedelta(minutes=60), closed)
    assert f"{due:%Y-%m-%d %H:%M}" == "2026-11-21 23:00"


def test_without_hours_the_clock_counts() -> None:
    for hours in ({}, {"monday": []}):
        assert open_time_after(hours, FRIDAY, timedelta(minutes=60)) == FRIDAY + timedelta(hours=1)
