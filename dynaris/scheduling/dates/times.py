"""Times of day: read from what a rule matched, and settled with what stands around them.

A bare hour is one of a working day: 1 to 6 is the afternoon, 7 after "after" the evening, 8 to 12 is what it says; a
part of the day beside it ("three in the afternoon", "Tuesday morning at seven") decides instead.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dynaris.scheduling.dates.words import Words

DAY = 24 * 60
EXACT = 15  # minutes: "at three" takes a start in so many minutes from then
AROUND = 60

PARTS = {
    "first": (0, 10 * 60),
    "early": (0, 10 * 60),
    "late_morning": (10 * 60, 12 * 60),
    "morning": (0, 12 * 60),
    "noon": (11 * 60 + 30, 14 * 60),
    "early_afternoon": (13 * 60, 15 * 60),
    "late_afternoon": (15 * 60, 18 * 60),
    "afternoon": (13 * 60, 18 * 60),
    "after_work": (16 * 60 + 30, 20 * 60),
    "evening": (17 * 60, 23 * 60),
    "end": (15 * 60, 20 * 60),
}
_BEFORE_NOON = frozenset({"first", "early", "late_morning", "morning"})


@dataclass(frozen=True, slots=True)
class Reading:
    minutes: int
    bare: bool  # an hour from 1 to 12 that may be meant before or after noon


@dataclass(frozen=True, slots=True)
class Clock:
    """A stretch of the day that was named: `kind` at, around, after, before, between, or part."""

    kind: str
    first: Reading | None = None
    last: Reading | None = None
    part: str = ""


Stretch = tuple[int, int]  # minutes after midnight, the second not included


def read(words: Words, groups: Mapping[str, str | None], which: str = "") -> Reading | None:
    """The time in a match's groups; `which`: a or b, where there are two."""
    said = {name: value for name in "qhmzpx" if (value := _group(groups, name, which))}
    past = _minutes(words, said.get("m", "0"))
    if "x" in said:
        named = words.named_times[" ".join(said["x"].split())]
        return _plus(Reading(named + past, bare=False), words.shifts, said)
    hour = _hour(words, said.get("h", ""))
    if hour is None:
        return None
    minutes = hour * 60 + past
    bare = 1 <= hour <= 12
    if bare and "p" in said:
        before_noon = re.match(words.morning, said["p"]) is not None
        minutes += 0 if before_noon == (hour != 12) else (720 if hour != 12 else -720)
        bare = False
    return _plus(Reading(minutes, bare), words.shifts, said)


def _plus(reading: Reading, shifts: Mapping[str, int], said: Mapping[str, str]) -> Reading | None:
    """ "Half past", "et demie"."""
    shift = sum(shifts.get(said[name], _counted(said[name])) for name in ("q", "z") if name in said)
    minutes = reading.minutes + shift
    return Reading(minutes, reading.bare) if 0 <= minutes <= DAY else None


def _counted(said: str) -> int:
    """ "25 past", "10 to"."""
    number, _, side = said.partition(" ")
    return (int(number) if side == "past" else -int(number)) if number.isdecimal() else 0


def _hour(words: Words, said: str) -> int | None:
    hour = int(said) if said.isdecimal() else words.numbers.get(said)
    return hour if hour is not None and hour <= 24 else None


def _minutes(words: Words, said: str) -> int:
    return int(said) if said.isdecimal() else words.minutes[said]


def _group(groups: Mapping[str, str | None], name: str, which: str) -> str | None:
    for key, value in groups.items():
        if value is not None and key[0] == name and key[1:].strip("0123456789") == which:
            return value
    return None


def settle(clocks: Iterable[Clock]) -> list[Stretch] | None:
    """What is left of the day when all of these hold; `None`: nothing was said of the time; empty: they contradict."""
    clocks = list(clocks)
    if not clocks:
        return None
    beside = next((clock.part for clock in clocks if clock.kind == "part"), "")
    start, end = 0, DAY
    for clock in clocks:
        first, last = _ends(clock, beside)
        start, end = max(start, first), min(end, last)
    return [(start, end)] if start < end else []


def _ends(clock: Clock, beside: str) -> Stretch:
    if clock.kind == "part":
        return PARTS[clock.part]
    first, last = (_settled(reading, clock.kind, beside) for reading in (clock.first, clock.last))
    if clock.kind == "between":
        if clock.first and clock.first.bare and last - first > 720 and last >= 780:
            first += 720  # "from one to three pm"
        return first, last if last > first else min(last + 720, DAY)
    return {
        "at": (first, min(first + EXACT, DAY)),
        "around": (max(first - AROUND, 0), min(first + AROUND + 1, DAY)),
        "after": (first, DAY),
        "before": (0, first),
    }[clock.kind]


def _settled(reading: Reading | None, kind: str, beside: str) -> int:
    if reading is None:
        return 0
    if not reading.bare or reading.minutes >= 780:
        return reading.minutes
    if beside:
        afternoon = beside not in _BEFORE_NOON and reading.minutes < (720 if beside != "noon" else 600)
        return reading.minutes + 720 if afternoon else reading.minutes
    latest_hour = 8 if kind == "after" else 7
    return reading.minutes + 720 if reading.minutes < latest_hour * 60 else reading.minutes


def wanted_minute(clocks: Iterable[Clock]) -> int | None:
    """The minute of the day that was named, where one was: what comes closest to it fits best."""
    clocks = list(clocks)
    beside = next((clock.part for clock in clocks if clock.kind == "part"), "")
    for clock in clocks:
        if clock.kind in ("at", "around"):
            return _settled(clock.first, clock.kind, beside)
    return None
