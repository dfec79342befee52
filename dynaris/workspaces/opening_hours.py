"""Opening hours as a workspace keeps them, {"monday": ["08:00-12:00", "13:00-19:00"], ...}: in words, and open now?

Exceptions are [{"date": "2026-12-24", "hours": ["09:00-12:00"], "note": "Christmas Eve"}]: no hours is closed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """UTC where the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(str(UTC))


def is_zone(name: str) -> bool:
    return zone(name).key == name


def is_open(hours: Mapping[str, Any], local: datetime, exceptions: Sequence[Mapping[str, Any]] = ()) -> bool:
    """`local` is in the business's zone. A span that ends before it begins goes on after midnight."""
    clock = f"{local:%H:%M}"
    today = spans_on(hours, local.date(), exceptions)
    yesterday = spans_on(hours, local.date() - timedelta(days=1), exceptions)
    return any(_covers(span, clock) for span in today) or any(
        end < start and clock < end for start, end in map(_ends, yesterday)
    )


def spans_on(hours: Mapping[str, Any], day: date, exceptions: Sequence[Mapping[str, Any]] = ()) -> Sequence[str]:
    """When the business is open that day."""
    wanted = day.isoformat()
    for exception in exceptions:
        if exception["date"] == wanted:
            return exception.get("hours") or ()
    return hours.get(DAYS[day.weekday()]) or ()


def coming(exceptions: Sequence[Mapping[str, Any]], today: date, days: int = 400) -> list[Mapping[str, Any]]:
    """Those from today on, as far as anybody asks."""
    last = (today + timedelta(days=days)).isoformat()
    return [one for one in exceptions if today.isoformat() <= one["date"] <= last]


def spans_in_words(spans: Sequence[str]) -> str:
    return " and ".join(spans) or "closed"


def _covers(span: str, clock: str) -> bool:
    start, end = _ends(span)
    return start <= clock < end if start <= end else clock >= start


def _ends(span: str) -> tuple[str, str]:
    start, _, end = span.partition("-")
    return start.strip().zfill(5), end.strip().zfill(5)


def in_words(hours: Mapping[str, Any]) -> str:
    """Days with the same hours are joined: "Monday to Thursday 08:00-19:00; Sunday closed"."""
    groups: list[tuple[list[str], str]] = []
    for day in DAYS if hours else ():
        said = spans_in_words(hours.get(day) or ())
        if groups and groups[-1][1] == said:
            groups[-1][0].append(day.capitalize())
        else:
            groups.append(([day.capitalize()], said))
    return "; ".join(f"{_range(days)} {said}" for days, said in groups)


def _range(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
