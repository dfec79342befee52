"""When somebody works, in UTC: weekly hours on the wall clock of a zone, days that are different, clocks that change.

A time that the clock skips in spring is the moment of the skip; one that it shows twice in autumn is the first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dynaris.workspaces.opening_hours import spans_on

Interval = tuple[datetime, datetime]  # from, until, in UTC

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Hours as a workspace or a person keeps them, in the words of workspaces/opening_hours.py."""

    hours: Mapping[str, Any]
    exceptions: Sequence[Mapping[str, Any]]
    zone: ZoneInfo
    special: frozenset[date] = field(init=False)

    def __post_init__(self) -> None:
        days = frozenset(date.fromisoformat(one["date"]) for one in self.exceptions)
        object.__setattr__(self, "special", days)


def working(business: Week, person: Week | None, own_days: Week, *, since: date, until: date) -> list[Interval]:
    """Each time of work that begins on one of the days, in order and disjoint.

    `person` has hours of their own, else they work when the business is open. On `own_days` theirs hold instead. On
    the days that are different for the business, nobody works when it is closed.
    """
    week = person or business
    work = opened(week, since, until)
    if person is None:
        days = _days(own_days, since, until)
        work = _joined([*cut(work, days), *common(opened(own_days, since, until), days)])
    if person is None and not own_days.special:
        return work
    days = _days(business, since, until)
    return _joined([*cut(work, days), *common(common(work, days), opened(business, since, until))])


def opened(week: Week, since: date, until: date) -> list[Interval]:
    found: list[Interval] = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        for span in spans_on(week.hours, day, week.exceptions):
            start, end = map(_minutes, span.split("-", 1))
            begin = instant(day, start, week.zone)
            finish = instant(day, end if end > start else end + 1440, week.zone)  # goes on after midnight
            if begin < finish:
                found.append((begin, finish))
    return _joined(found)


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Minutes after midnight on the wall clock: 1440 is the next midnight."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    moment = local.astimezone(UTC)
    return moment if shows(moment, local) else _skip(local)


def wall_clock(begin: datetime, step: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    """From a moment on, each time that the clock shows in even steps: none that it skips, none a second time."""
    local = begin.astimezone(zone).replace(fold=0)
    while True:
        moment = local.astimezone(UTC)
        if moment >= begin and shows(moment, local):
            yield moment
        local += step


def shows(moment: datetime, local: datetime) -> bool:
    return moment.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def _skip(local: datetime) -> datetime:
    """The moment at which the clock jumps over this time."""
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    offset = after.astimezone(local.tzinfo).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // _MINUTE // 2 * _MINUTE
        if middle.astimezone(local.tzinfo).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _minutes(clock: str) -> int:
    hour, _, minute = clock.strip().partition(":")
    return int(hour) * 60 + int(minute or 0)


def _days(week: Week, since: date, until: date) -> list[Interval]:
    days = sorted(day for day in week.special if since - _DAY <= day <= until + _DAY)
    return _joined((instant(day, 0, week.zone), instant(day, 1440, week.zone)) for day in days)


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """In order; those that overlap become one, those that only touch stay two, each with its own beginning."""
    joined: list[Interval] = []
    for begin, end in sorted(intervals):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def unbroken(intervals: Sequence[Interval]) -> list[Interval]:
    """Those that touch become one."""
    whole: list[Interval] = []
    for begin, end in intervals:
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((begin, end))
    return whole


def cut(intervals: Sequence[Interval], away: Sequence[Interval]) -> list[Interval]:
    """What is left of the ones without the others, which are in order."""
    left: list[Interval] = []
    for begin, end in intervals:
        rest = begin
        for start, stop in away:
            if stop > rest and start < end:
                if start > rest:
                    left.append((rest, start))
                rest = max(rest, stop)
        if rest < end:
            left.append((rest, end))
    return left


def common(intervals: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """What is in both, with the beginnings of the first kept apart."""
    both = [
        (max(begin, start), min(end, stop))
        for begin, end in intervals
        for start, stop in others
        if begin < stop and start < end
    ]
    return sorted(both)
