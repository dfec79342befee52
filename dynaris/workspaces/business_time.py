"""Time in which a business is open: when so much of it is over, and how much lies between two moments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.workspaces.opening_hours import DAYS, is_open, spans_on, zone

_FARTHEST = 400  # days: whoever has not opened by then does not keep these hours

_ALWAYS: Mapping[str, Any] = dict.fromkeys(DAYS, ("00:00-24:00",))

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there. Without a single span of the week that is always, but on special days."""

    timezone: str
    weekly: Mapping[str, Any]
    exceptions: Sequence[Mapping[str, Any]] = ()

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone(self.timezone))

    @property
    def week(self) -> Mapping[str, Any]:
        return self.weekly if any(self.weekly.values()) else _ALWAYS

    def is_open(self, moment: datetime) -> bool:
        return is_open(self.week, self.local(moment), self.exceptions)


async def hours_of(connection: Connection, workspace_id: UUID, team_id: UUID | None = None) -> Hours:
    """The hours that count: a team's own, else the workspace's; on special days as the workspace does."""
    cursor = await connection.execute(
        """SELECT coalesce((SELECT t.business_hours FROM team t WHERE t.workspace_id = w.id AND t.id = %s),
                           w.business_hours) AS weekly, w.hours_exceptions, w.timezone
           FROM workspace w WHERE w.id = %s""",
        (team_id, workspace_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return Hours(row["timezone"], row["weekly"], row["hours_exceptions"])


def time_after(hours: Hours | None, start: datetime, wanted: timedelta, pauses: Sequence[Span] = ()) -> datetime:
    """The moment after `wanted` of opening time from `start` on, pauses left out; of any time without hours."""
    left = wanted
    for begin, end in _counted(hours, start, pauses):
        if end is None or end - begin >= left:
            return begin + left
        left -= end - begin
    return start + wanted


def time_between(hours: Hours | None, start: datetime, until: datetime, pauses: Sequence[Span] = ()) -> timedelta:
    """How much opening time lies between the two, pauses left out."""
    total = timedelta()
    for begin, end in _counted(hours, start, pauses):
        if begin >= until:
            break
        total += (until if end is None else min(end, until)) - begin
    return total


def _counted(
    hours: Hours | None, start: datetime, pauses: Sequence[Span]
) -> Iterator[tuple[datetime, datetime | None]]:
    """From `start` on, in order and in UTC, so that a day with 23 or 25 hours has as many; `None`: without end."""
    start = start.astimezone(UTC)
    for span_begin, end in _open(hours, start):
        begin = span_begin
        for since, until in sorted(pauses):
            if until <= begin or (end is not None and since >= end):
                continue
            if since > begin:
                yield begin, since
            begin = until
        if end is None or begin < end:
            yield begin, end


def _open(hours: Hours | None, start: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    if hours is None or not (any(hours.weekly.values()) or hours.exceptions):
        yield start, None
        return
    covered = start
    first = start.astimezone(zone(hours.timezone)).date() - timedelta(days=1)  # its spans may go on after midnight
    for days in range(_FARTHEST):
        day = first + timedelta(days=days)
        for begin, end in sorted(_spans(hours, day)):
            if end > covered:
                yield max(begin, covered), end
                covered = end


def _spans(hours: Hours, day: date) -> Iterator[Span]:
    for span in spans_on(hours.week, day, hours.exceptions):
        opens, _, closes = (part.strip() for part in span.partition("-"))
        overnight = closes.zfill(5) <= opens.zfill(5)
        yield _at(hours, day, opens), _at(hours, day + timedelta(days=1) if overnight else day, closes)


def _at(hours: Hours, day: date, clock: str) -> datetime:
    """24:00 is the next day's midnight."""
    hour, _, minute = clock.partition(":")
    days, hour_of_day = divmod(int(hour), 24)
    moment = datetime.combine(day + timedelta(days=days), time(hour_of_day, int(minute or 0)), zone(hours.timezone))
    return moment.astimezone(UTC)
