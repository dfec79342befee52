"""Quiet hours end when they say, over nights, weekends and the change of clocks; digests come at their time."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from dynaris.notifications.quiet import Digest, QuietHours, digest_due, quiet_until

NIGHTS = QuietHours(since="20:00", until="07:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-23T18:59", None),  # 19:59 in Berlin
        ("2026-11-23T19:00", "2026-11-24T06:00"),
        ("2026-11-24T05:59", "2026-11-24T06:00"),
        ("2026-11-24T06:00", None),
    ],
)
def test_nights_end_in_the_morning_of_the_workspace(moment: str, until: str | None) -> None:
    assert quiet_until(at(moment), NIGHTS, "Europe/Berlin") == (at(until) if until else None)


def test_an_own_zone_counts_instead_of_the_workspaces() -> None:
    there = QuietHours(since="20:00", until="07:00", timezone="America/New_York")
    assert quiet_until(at("2026-11-24T02:00"), there, "Europe/Berlin") == at("2026-11-24T12:00")


def test_whole_days_that_follow_each_other_are_one_time() -> None:
    weekend = QuietHours(since="00:00", until="00:00", days=["sunday", "saturday"])
    assert weekend.days == ["saturday", "sunday"]
    assert quiet_until(at("2026-11-21T10:00"), weekend, "UTC") == at("2026-11-23T00:00")
    assert quiet_until(at("2026-11-20T23:59"), weekend, "UTC") is None


def test_the_night_in_which_clocks_change_ends_by_the_clock_on_the_wall() -> None:
    assert quiet_until(at("2026-10-24T20:00"), NIGHTS, "Europe/Berlin") == at("2026-10-25T06:00")
    assert quiet_until(at("2026-03-28T20:00"), NIGHTS, "Europe/Berlin") == at("2026-03-29T05:00")


def test_only_the_days_on_which_they_begin_are_quiet() -> None:
    fridays = QuietHours(since="20:00", until="07:00", days=["friday"])
    assert quiet_until(at("2026-11-28T02:00"), fridays, "UTC") == at("2026-11-28T07:00")
    assert quiet_until(at("2026-11-27T02:00"), fridays, "UTC") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "9:00"},
        {"days": []},
        {"since": "08:00", "until": "08:00"},  # every day, all day: they never end
        {"timezone": "Berlin"},
        {"days": ["someday"]},
    ],
)
def test_hours_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate(wrong)


def test_digests_come_at_the_full_hour_or_at_their_time() -> None:
    assert digest_due(at("2026-11-23T10:00"), Digest(every="hour"), "UTC") == at("2026-11-23T11:00")
    daily = Digest(every="day", at="08:00")
    assert digest_due(at("2026-11-23T06:59"), daily, "Europe/Berlin") == at("2026-11-23T07:00")
    assert digest_due(at("2026-11-23T07:00"), daily, "Europe/Berlin") == at("2026-11-24T07:00")
