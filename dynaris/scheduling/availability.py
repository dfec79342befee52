"""Free slots: when a service can still begin, and with whom."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from uuid import UUID
from zoneinfo import ZoneInfo

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.scheduling.hours import Interval, instant, unbroken, wall_clock
from dynaris.scheduling.offer import Offer, Person, Taken, offer_of, taken, work_of
from dynaris.scheduling.schemas import Booking, Slot

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


async def free_slots(
    connection: Connection,
    workspace_id: UUID,
    *,
    service_id: UUID,
    windows: Sequence[tuple[datetime, datetime]],
    now: datetime,
    staff_id: UUID | None = None,
    limit: int = 50,
    without: UUID | None = None,
    prefer: UUID | None = None,
) -> list[Slot]:
    """Slots that start inside one of the windows (from, before), in the windows' order, then by time.

    One for each start: with whoever has least that day, unless `staff_id` says with whom, or `prefer` is free then.
    `without`: as if this booking were not there, for the one who wants to move it. Raises `NotFound` for an unknown
    service or person.
    """
    offer = await offer_of(connection, workspace_id, service_id)
    people = _who(offer, staff_id)
    within = bookable(offer, windows, now)
    if not (offer.enabled and people and within):
        return []
    # a whole day around, for who has least that day
    since = min(begin for begin, _ in within) - 2 * _DAY
    until = max(end for _, end in within) + offer.duration + offer.after + 2 * _DAY
    gone = await taken(
        connection,
        workspace_id,
        [person.id for person in people],
        since=since,
        until=until,
        now=now,
        without=without,
    )
    return list(islice(slots(offer, people, gone, within, prefer=prefer), limit))


async def who_takes(
    connection: Connection, workspace_id: UUID, booking: Booking, starts_at: datetime, *, now: datetime
) -> UUID:
    """With whom a booking goes to another time: whom it is with, unless only somebody else is free then."""
    found = await free_slots(
        connection,
        workspace_id,
        service_id=booking.service_id,
        windows=[(starts_at, starts_at + _MINUTE)],
        now=now,
        without=booking.id,
        prefer=booking.staff_id,
    )
    return next((slot.staff_id for slot in found if slot.starts_at == starts_at), booking.staff_id)


def _who(offer: Offer, staff_id: UUID | None) -> tuple[Person, ...]:
    if staff_id is None:
        return offer.people
    person = offer.person(staff_id)
    if person is None:
        raise NotFound(f"{offer.service} is not given by anybody {staff_id}")
    return (person,)


def bookable(offer: Offer, windows: Sequence[tuple[datetime, datetime]], now: datetime) -> list[Interval]:
    """The windows as far as the service's notice and advance let anybody book."""
    earliest, latest = now + offer.notice, now + offer.advance
    clipped = [(max(begin.astimezone(UTC), earliest), min(end.astimezone(UTC), latest)) for begin, end in windows]
    return [(begin, end) for begin, end in clipped if begin < end]


@dataclass(frozen=True, slots=True)
class _Diary:
    """One person's work, what of it is gone, and when an appointment can begin: from the one to the other, both too."""

    person: Person
    gone: Taken
    work: list[Interval]
    begins: list[Interval]
    preferred: bool


def _diary(offer: Offer, person: Person, gone: Taken, work: list[Interval], *, preferred: bool) -> _Diary:
    before, whole = offer.before, offer.duration + offer.after
    begins: list[Interval] = []
    for begin, end in unbroken(work):
        first, last = begin, end - offer.duration
        place = bisect_left(gone.busy, (begin, begin)) - 1
        for since, until in gone.busy[max(place, 0) :]:
            if since - whole >= last:
                break
            if first <= since - whole:
                begins.append((first, since - whole))
            first = max(first, until + before)
        if first <= last:
            begins.append((first, last))
    return _Diary(person, gone, work, begins, preferred)


def slots(
    offer: Offer,
    people: Sequence[Person],
    gone: Mapping[UUID, Taken],
    within: Sequence[Interval],
    *,
    prefer: UUID | None = None,
) -> Iterator[Slot]:
    """In the order of the windows, as far as they are asked for."""
    since = min(begin for begin, _ in within).date() - 2 * _DAY
    until = max(end for _, end in within).date() + 2 * _DAY
    diaries = [
        _diary(offer, person, gone[person.id], work_of(offer, person, since, until), preferred=person.id == prefer)
        for person in people
    ]
    offered: set[datetime] = set()
    for begin, end in within:
        day, last = (moment.astimezone(offer.business.zone).date() for moment in (begin, end))
        while day <= last:
            midnight, next_midnight = _bounds(offer, day)
            yield from _of_day(offer, diaries, (max(begin, midnight), min(end, next_midnight)), day, offered)
            day += _DAY


def _bounds(offer: Offer, day: date) -> Interval:
    return instant(day, 0, offer.business.zone), instant(day, 1440, offer.business.zone)


def _of_day(offer: Offer, diaries: list[_Diary], window: Interval, day: date, offered: set[datetime]) -> Iterator[Slot]:
    starts: dict[datetime, list[_Diary]] = {}
    for diary in diaries:
        for start in _starts(offer, diary, window):
            starts.setdefault(start, []).append(diary)
    if not starts:
        return
    load = {diary.person.id: diary.gone.load(*_bounds(offer, day)) for diary in diaries}
    for start in sorted(starts.keys() - offered):
        # the first of several
        chosen = min(starts[start], key=lambda diary: (not diary.preferred, load[diary.person.id]))
        offered.add(start)
        yield Slot(
            service_id=offer.service_id,
            service=offer.service,
            staff_id=chosen.person.id,
            staff=chosen.person.name,
            starts_at=start,
            ends_at=start + offer.duration,
            timezone=offer.timezone,
        )


def _starts(offer: Offer, diary: _Diary, window: Interval) -> Iterator[datetime]:
    """Steps on the wall clock from the beginning of each time of work."""
    for begin, end in _touching(diary.work, window):
        steps = _steps(begin, end, offer.step, offer.business.zone)
        since, before = max(begin, window[0]), min(end, window[1])
        for first, last in _touching(diary.begins, (since, before)):
            place = bisect_left(steps, max(first, since))
            end_place = min(bisect_right(steps, last), bisect_left(steps, before))
            yield from steps[place:end_place]


def _touching(intervals: list[Interval], window: Interval) -> Iterator[Interval]:
    """Those in order that have a moment of the window, or end where it begins."""
    place = max(bisect_left(intervals, (window[0], window[0])) - 1, 0)
    while place < len(intervals) and intervals[place][0] < window[1]:
        if intervals[place][1] >= window[0]:
            yield intervals[place]
        place += 1


@lru_cache(maxsize=1024)
def _steps(begin: datetime, end: datetime, step: timedelta, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The same for all who work when the business is open."""
    return tuple(takewhile(lambda start: start < end, wall_clock(begin, step, zone)))
