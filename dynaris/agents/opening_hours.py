"""Opening hours as a workspace keeps them, {"monday": ["08:00-12:00", "13:00-19:00"], ...}: in words, and open now?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """UTC where the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(str(UTC))


def is_open(hours: Mapping[str, Any], local: datetime) -> bool:
    """`local` is in the business's zone. A span that ends before it begins goes on after midnight."""
    clock = f"{local:%H:%M}"
    today, yesterday = _DAYS[local.weekday()], _DAYS[local.weekday() - 1]
    return any(_covers(span, clock) for span in hours.get(today) or ()) or any(
        end < start and clock < end for start, end in map(_ends, hours.get(yesterday) or ())
    )


def _covers(span: str, clock: str) -> bool:
    start, end = _ends(span)
    return start <= clock < end if start <= end else clock >= start


def _ends(span: str) -> tuple[str, str]:
    start, _, end = span.partition("-")
    return start.strip().zfill(5), end.strip().zfill(5)


def in_words(hours: Mapping[str, Any]) -> str:
    """Days with the same hours are joined: "Monday to Thursday 08:00-19:00; Sunday closed"."""
    groups: list[tuple[list[str], str]] = []
    for day in _DAYS if hours else ():
        said = " and ".join(hours.get(day) or ()) or "closed"
        if groups and groups[-1][1] == said:
            groups[-1][0].append(day.capitalize())
        else:
            groups.append(([day.capitalize()], said))
    return "; ".join(f"{_range(days)} {said}" for days, said in groups)


def _range(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
