"""A service as it can be booked: its rules, the business's hours, the people who give it, and when they are taken."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.scheduling.hours import Interval, Week, unbroken, working
from dynaris.workspaces.opening_hours import zone

_LONGEST = timedelta(days=1)  # an appointment

_OFFER: LiteralString = """SELECT s.id, s.name, s.duration_minutes, s.buffer_before, s.buffer_after, s.price,
           s.currency, s.minimum_notice_minutes, s.maximum_advance_days, s.step_minutes, s.needs_confirmation,
           s.enabled, w.timezone, w.business_hours, w.hours_exceptions,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'timezone', p.timezone,
                       'hours', p.hours, 'exceptions', p.exceptions) ORDER BY p.position, p.name), '[]')
            FROM service_person g JOIN calendar_person p ON p.workspace_id = g.workspace_id AND p.id = g.staff_id
            WHERE g.workspace_id = s.workspace_id AND g.service_id = s.id AND p.enabled) AS people
    FROM service s JOIN workspace w ON w.id = s.workspace_id
    WHERE s.workspace_id = %s AND s.id = %s"""

# A hold that is over occupies nothing, though it may stand there until the next taker or the sweep.
_TAKEN: LiteralString = """SELECT staff_id, busy_from AS since, busy_until AS until, starts_at, ends_at
    FROM booking
    WHERE workspace_id = %(ws)s AND staff_id = ANY(%(people)s) AND busy_until > %(since)s AND busy_from < %(until)s
      AND status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')
      AND (status <> 'held' OR held_until > %(now)s) AND id IS DISTINCT FROM %(own)s::uuid
    UNION ALL
    SELECT staff_id, starts_at, ends_at, starts_at, ends_at FROM busy_time
    WHERE workspace_id = %(ws)s AND staff_id = ANY(%(people)s) AND ends_at > %(since)s AND starts_at < %(until)s
    ORDER BY staff_id, since"""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    week: Week | None  # none: the business's
    own_days: Week


@dataclass(frozen=True, slots=True)
class Times:
    """Of one appointment: when it is, and with its buffers."""

    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    service_id: UUID
    service: str
    enabled: bool
    duration: timedelta
    before: timedelta  # buffers
    after: timedelta
    step: timedelta
    notice: timedelta
    advance: timedelta
    needs_confirmation: bool
    price: Decimal | None
    currency: str | None
    timezone: str
    business: Week
    people: tuple[Person, ...]

    def person(self, staff_id: UUID) -> Person | None:
        return next((person for person in self.people if person.id == staff_id), None)

    def times(self, starts_at: datetime) -> Times:
        ends_at = starts_at + self.duration
        return Times(starts_at, ends_at, starts_at - self.before, ends_at + self.after)


@dataclass(frozen=True, slots=True)
class Taken:
    """Times of one person that are gone: with their buffers, unbroken and in order, and without them."""

    busy: list[Interval]
    appointments: list[Interval]

    def is_free(self, since: datetime, until: datetime) -> bool:
        place = bisect_left(self.busy, (until, until)) - 1  # the last that begins before `until`
        return place < 0 or self.busy[place][1] <= since

    def load(self, since: datetime, until: datetime) -> timedelta:
        first, after = (bisect_left(self.appointments, (moment, moment)) for moment in (since - _LONGEST, until))
        shares = (min(end, until) - max(begin, since) for begin, end in self.appointments[first:after])
        return sum((share for share in shares if share > timedelta()), timedelta())


async def offer_of(connection: Connection, workspace_id: UUID, service_id: UUID) -> Offer:
    """Raises `NotFound`."""
    row = await (await connection.execute(_OFFER, (workspace_id, service_id))).fetchone()
    if row is None:
        raise NotFound(f"no service {service_id}")
    business = Week(row["business_hours"], row["hours_exceptions"], zone(row["timezone"]))
    return Offer(
        service_id=row["id"],
        service=row["name"],
        enabled=row["enabled"],
        duration=timedelta(minutes=row["duration_minutes"]),
        before=timedelta(minutes=row["buffer_before"]),
        after=timedelta(minutes=row["buffer_after"]),
        step=timedelta(minutes=row["step_minutes"]),
        notice=timedelta(minutes=row["minimum_notice_minutes"]),
        advance=timedelta(days=row["maximum_advance_days"]),
        needs_confirmation=row["needs_confirmation"],
        price=row["price"],
        currency=row["currency"],
        timezone=row["timezone"],
        business=business,
        people=tuple(person_of(one, row["timezone"]) for one in row["people"]),
    )


def person_of(row: dict[str, Any], timezone: str) -> Person:
    """`timezone`: the workspace's."""
    own = Week({}, row["exceptions"], zone(row["timezone"] or timezone))
    week = None if row["hours"] is None else Week(row["hours"], row["exceptions"], own.zone)
    return Person(UUID(row["id"]), row["name"], week, own)


def work_of(offer: Offer, person: Person, since: date, until: date) -> list[Interval]:
    return working(offer.business, person.week, person.own_days, since=since, until=until)


def works(offer: Offer, person: Person, times: Times) -> bool:
    """Whether the whole appointment is within the person's work, whatever buffers lie around it."""
    since, until = times.starts_at.date() - timedelta(days=2), times.ends_at.date() + timedelta(days=2)
    whole = unbroken(work_of(offer, person, since, until))
    return any(begin <= times.starts_at and times.ends_at <= end for begin, end in whole)


async def taken(
    connection: Connection,
    workspace_id: UUID,
    people: Sequence[UUID],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    without: UUID | None = None,
) -> dict[UUID, Taken]:
    """By bookings but `without` one, by holds that still run, and elsewhere."""
    names = {"ws": workspace_id, "people": list(people), "since": since, "until": until, "now": now, "own": without}
    rows = await (await connection.execute(_TAKEN, names)).fetchall()
    return {
        person: Taken(
            unbroken([(row["since"], row["until"]) for row in rows if row["staff_id"] == person]),
            sorted((row["starts_at"], row["ends_at"]) for row in rows if row["staff_id"] == person),
        )
        for person in people
    }
