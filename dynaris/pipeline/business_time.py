"""When so many minutes of business hours are over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from dynaris.workspaces.opening_hours import spans_on

_FARTHEST = 60  # days


def open_time_after(
    hours: Mapping[str, Any], local: datetime, wanted: timedelta, exceptions: Sequence[Mapping[str, Any]] = ()
) -> datetime:
    """The moment after `wanted` of opening time from `local` on; of any time, where no hours are known."""
    left = wanted
    for days in range(-1, _FARTHEST):  # yesterday's span may go on after midnight
        day = local.date() + timedelta(days=days)
        for start, end in _spans(spans_on(hours, day, exceptions), day, local):
            begin = max(start, local)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
    return local + wanted


def _spans(spans: Sequence[str], day: date, local: datetime) -> Iterator[tuple[datetime, datetime]]:
    for span in sorted(spans):
        start, end = (_at(day, clock, local) for clock in span.split("-", 1))
        yield start, end if end > start else end + timedelta(days=1)


def _at(day: date, clock: str, local: datetime) -> datetime:
    hour, _, minute = clock.strip().partition(":")
    return datetime.combine(day, time(), local.tzinfo) + timedelta(hours=int(hour), minutes=int(minute or 0))
