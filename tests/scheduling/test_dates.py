"""Dates in free text: a table of phrases in four languages, and what holds for any text."""

import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynaris.scheduling.dates import Window, find_dates

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 1, 10, tzinfo=BERLIN)
SHOWN = 6


def table() -> list[tuple[str, str, str]]:
    found, language = [], "en"
    for line in Path(__file__).with_name("dates_said.txt").read_text().splitlines():
        if line.startswith("["):
            language = line[1:3]
        elif line and not line.startswith("#"):
            text, meant = line.split(" | ")
            found.append((language, text, meant))
    return found


def clock(moment: datetime, *, ends: bool = False) -> str:
    if ends and (moment.hour, moment.minute) == (0, 0):
        return "24"
    return f"{moment.hour}" if moment.minute == 0 else f"{moment.hour}:{moment.minute:02}"


def in_short(window: Window) -> str:
    start, last = window.start, window.end - timedelta(minutes=1)
    day = f"{start.day}.{start.month}."
    if last.date() != start.date():
        day += f"-{last.day}.{last.month}."
    if window.end - start == timedelta(minutes=15):
        return f"{day} {clock(start)}"
    if clock(start) == "0" and clock(window.end, ends=True) == "24":
        return day
    return f"{day} {clock(start)}-{clock(window.end, ends=True)}"


def said(text: str, language: str = "en", now: datetime = MONDAY, timezone: str = "Europe/Berlin") -> str:
    windows = find_dates(text, now=now, timezone=timezone, language=language).windows
    shown = ", ".join(map(in_short, windows[:SHOWN]))
    return shown + (f", … {len(windows)}" if len(windows) > SHOWN else "") or "-"


@pytest.mark.parametrize(("language", "text", "meant"), table())
def test_what_is_said_is_what_is_meant(language: str, text: str, meant: str) -> None:
    assert said(text, language) == meant


def test_the_table_holds_enough_phrases_of_each_language() -> None:
    languages = [language for language, _, _ in table()]
    assert len(languages) >= 150
    assert all(languages.count(language) >= 30 for language in ("en", "de", "es", "fr"))


@pytest.mark.parametrize(
    ("text", "day", "meant"),
    [
        ("next Tuesday", 1, "2.6."),  # said on a Monday: tomorrow's
        ("next Tuesday", 2, "9.6."),  # on the very day: in a week
        ("Tuesday", 2, "9.6."),
        ("this Tuesday", 2, "2.6. 10-24"),
        ("next Tuesday or Thursday", 3, "9.6., 11.6."),  # both of one week
        ("next Tuesday or Monday", 3, "9.6., 8.6."),
        ("not this Tuesday but next Tuesday", 1, "9.6."),
        ("the 2nd", 3, "2.7."),
        ("mardi en huit", 1, "9.6."),
    ],
)
def test_what_can_be_read_in_two_ways_is_read_as_it_is_written_down(text: str, day: int, meant: str) -> None:
    assert said(text, now=datetime(2026, 6, day, 10, tzinfo=BERLIN)) == meant


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "in a fortnight"),
        ("en", "in two weeks"),
        ("de", "in vierzehn Tagen"),
        ("es", "en quince días"),
        ("fr", "dans quinze jours"),
        ("fr", "dans deux semaines"),
    ],
)
@pytest.mark.parametrize("day", range(1, 8))
def test_in_two_weeks_is_about_two_weeks_ahead_on_any_day(language: str, text: str, day: int) -> None:
    now = datetime(2026, 6, day, 10, tzinfo=BERLIN)
    (window,) = find_dates(text, now=now, timezone="Europe/Berlin", language=language).windows
    assert 11 <= (window.start.date() - now.date()).days <= 14
    assert window.end - window.start == timedelta(days=7)


def test_what_is_left_out_of_two_weeks_ahead_stays_left_out() -> None:
    sunday = datetime(2026, 11, 22, 10, tzinfo=BERLIN)
    days = "3.12. 0-12, 4.12. 0-12, 5.12. 0-12, 6.12. 0-12, 7.12. 0-12, 8.12. 0-12"
    assert said("dans quinze jours, le matin, sauf le mercredi", "fr", now=sunday) == days


def test_numbers_with_a_slash_are_read_as_the_business_writes_them() -> None:
    assert said("6/3", timezone="America/New_York", now=datetime(2026, 6, 1, 16, tzinfo=BERLIN)) == "3.6."
    assert said("6/3") == "6.3."
    assert said("12/24", "de") == "24.12."


def test_the_time_that_was_named_is_told_and_what_does_not_fit() -> None:
    wish = find_dates("around 10 on Tuesday, not on Friday", now=MONDAY, timezone="Europe/Berlin")
    assert wish.windows[0].best == datetime(2026, 6, 2, 10, tzinfo=BERLIN)
    assert {window.start.weekday() for window in wish.avoided} == {4}
    assert wish.understood[0].startswith("around 10 on Tuesday")


def test_a_time_that_was_named_is_not_told_of_what_is_left_behind_it() -> None:
    wish = find_dates("Tuesday at 3, or Tuesday around 3", now=MONDAY, timezone="Europe/Berlin")
    named = datetime(2026, 6, 2, 15, tzinfo=BERLIN)
    assert [window.best for window in wish.windows if window.start > named] == [None]


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Tuesday", "can I come in next Tuesday after three?"),
        ("Termin am Dienstag", "Kann ich nächsten Dienstag nach drei kommen?"),
        ("martes", "¿Puedo ir el próximo martes después de las tres?"),
        ("Mardi", "Puis-je venir mardi prochain après 15h ?"),
        ("Tuesday", "Not before three please."),
        ("Next week", "On Tuesday after three?"),
    ],
)
def test_a_subject_that_names_the_day_wishes_for_nothing_beside_its_letter(subject: str, text: str) -> None:
    sunday = datetime(2026, 5, 31, 10, tzinfo=BERLIN)
    found = find_dates(f"{subject}\n\n{text}", now=sunday, timezone="Europe/Berlin").windows
    assert [in_short(window) for window in found] == ["2.6. 15-24"]


def test_two_days_under_each_other_are_two_wishes() -> None:
    found = find_dates("Tuesday\nWednesday after three", now=MONDAY, timezone="Europe/Berlin").windows
    assert [in_short(window) for window in found] == ["2.6.", "3.6. 15-24"]


def test_what_is_past_is_known_to_be_named() -> None:
    assert find_dates("on 3 May 2019 please", now=MONDAY, timezone="Europe/Berlin").gone
    assert find_dates("hello there", now=MONDAY, timezone="Europe/Berlin").is_empty


def test_clock_changes_and_unknown_zones_do_no_harm() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    window = find_dates("tomorrow", now=before, timezone="Europe/Berlin").windows[0]
    assert window.end.timestamp() - window.start.timestamp() == 25 * 3600
    assert find_dates("tomorrow at 2:30 am", now=before, timezone="Mars/Base").windows


WORDS = [text for _, text, _ in table()] + ["or", "not", ",", ".", "next", "3", "after", "31.2.", "99:99", "\n", "0000"]


def holds_for_any(text: str, now: datetime) -> None:
    wish = find_dates(text, now=now, timezone="Europe/Berlin")
    for window in [*wish.windows, *wish.avoided]:
        assert now <= window.start < window.end
        assert window.start.timestamp() < window.end.timestamp()
        assert window.end < now + timedelta(days=402)
        assert window.best is None or window.best >= window.start
    ends = [(window.start, window.end) for window in sorted(wish.windows, key=lambda window: window.start)]
    assert all(first[1] <= second[0] for first, second in pairwise(ends)), "no time is named twice"


MOMENTS = st.integers(0, 6 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=BERLIN) + timedelta(minutes=minutes)
)


@settings(max_examples=150, deadline=None)
@given(text=st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), now=MOMENTS)
def test_any_mix_of_phrases_gives_windows_that_are_to_come(text: str, now: datetime) -> None:
    holds_for_any(text, now)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    holds_for_any(text, MONDAY)


@pytest.mark.parametrize(
    "text",
    [
        *("next Tuesday or " * 20_000, "9" * 100_000, "a " * 50_000, "half past " * 10_000, "3.3." * 20_000, "İ" * 9),
        "not within 400 days at 9. within 400 days at 9. " * 50,
        "mon 1 jan 1900 to 1 jan 2099 or " * 50,
    ],
)
def test_a_hostile_text_costs_no_more_than_an_honest_one(text: str) -> None:
    find_dates("warm up", now=MONDAY, timezone="Europe/Berlin")
    started = time.process_time()
    find_dates(text, now=MONDAY, timezone="Europe/Berlin")
    assert time.process_time() - started < 0.5
