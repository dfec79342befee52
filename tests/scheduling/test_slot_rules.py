"""What holds for every slot, whatever the zones, the hours, the clocks and the bookings: tried with many of each."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from dynaris.core.ids import new_id
from dynaris.scheduling.availability import bookable, slots
from dynaris.scheduling.hours import Interval, Week, unbroken
from dynaris.scheduling.offer import Offer, Person, Taken, works
from dynaris.scheduling.schemas import Slot
from dynaris.workspaces.opening_hours import is_open

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
# the days on which clocks change there in 2026, and a plain one
DAYS = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 6, 10), date(2026, 10, 4), date(2026, 10, 25)]
DAYS += [date(2026, 11, 1)]
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

quarters = some.one_of(some.integers(0, 95), some.integers(4, 16))  # clocks change at night
clocks = quarters.map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
ends = some.one_of(clocks, some.just("24:00"))
spans = some.tuples(clocks, ends).filter(lambda span: span[0] != span[1]).map("-".join)
hours = some.dictionaries(some.sampled_from(NAMES), some.lists(spans, max_size=2), min_size=3)
zones = some.sampled_from(ZONES).map(ZoneInfo)


@some.composite
def weeks(draw: Any, around: date, zone: ZoneInfo | None = None) -> Week:
    special = draw(some.dictionaries(some.integers(-2, 2), some.lists(spans, max_size=1), max_size=2))
    exceptions = [{"date": str(around + timedelta(days=day)), "hours": spans} for day, spans in special.items()]
    return Week(draw(hours), exceptions, zone or draw(zones))


@some.composite
def situations(draw: Any) -> tuple[Offer, dict[Any, Taken], list[Interval], datetime]:
    day = draw(some.sampled_from(DAYS))
    business = draw(weeks(day))
    people = tuple(draw(persons(day, business)) for _ in range(draw(some.integers(1, 2))))
    minutes = some.integers(0, 30).map(lambda number: timedelta(minutes=number))
    offer = Offer(
        service_id=new_id(),
        service="Massage",
        enabled=True,
        duration=timedelta(minutes=draw(some.sampled_from([15, 40, 60, 150]))),
        before=draw(minutes),
        after=draw(minutes),
        step=timedelta(minutes=draw(some.sampled_from([15, 20, 45, 60]))),
        notice=timedelta(minutes=draw(some.integers(0, 600))),
        advance=timedelta(days=draw(some.integers(1, 3))),
        needs_confirmation=False,
        price=None,
        currency=None,
        timezone=business.zone.key,
        business=business,
        people=people,
    )
    now = datetime.combine(day, time(draw(some.integers(0, 23)), 7), UTC) - timedelta(days=1)
    gone = {person.id: draw(taken(now)) for person in people}
    within = [(now - timedelta(hours=3), now + timedelta(days=2)), (now + timedelta(days=1), now + timedelta(days=5))]
    return offer, gone, within, now


@some.composite
def persons(draw: Any, day: date, business: Week) -> Person:
    zone = draw(some.one_of(some.just(business.zone), zones))
    own = draw(weeks(day, zone))
    has_hours = draw(some.booleans())
    return Person(new_id(), "Anna", own if has_hours else None, Week({}, own.exceptions, zone))


@some.composite
def taken(draw: Any, now: datetime) -> Taken:
    starts = draw(some.lists(some.integers(0, 72 * 12), max_size=6))
    busy = sorted((now + timedelta(minutes=5 * start), now + timedelta(minutes=5 * start + 50)) for start in starts)
    return Taken(unbroken(busy), busy)


def is_at_work(offer: Offer, person: Person, moment: datetime) -> bool:
    """By the clock on the wall at that moment, written another way than the code under test."""
    here, there = offer.business.zone, person.own_days.zone
    open_here = is_open_at(offer.business, moment)
    if person.week is not None:
        at_work = is_open_at(person.week, moment)
    elif moment.astimezone(there).date() in person.own_days.special:
        at_work = is_open_at(person.own_days, moment)
    else:
        at_work = open_here
    return at_work and (open_here or moment.astimezone(here).date() not in offer.business.special)


def is_open_at(week: Week, moment: datetime) -> bool:
    """Who is at work when the clock is put back stays, though it shows again a time from before they came."""
    local = moment.astimezone(week.zone)
    if is_open(week.hours, local, week.exceptions) or not local.fold:
        return is_open(week.hours, local, week.exceptions)
    while local.fold:
        moment -= timedelta(minutes=5)
        local = moment.astimezone(week.zone)
    return is_open(week.hours, local, week.exceptions)


def found(offer: Offer, gone: dict[Any, Taken], within: list[Interval], now: datetime) -> list[Slot]:
    clipped = bookable(offer, within, now)
    return list(slots(offer, offer.people, gone, clipped)) if clipped else []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_a_slot_is_within_work_free_with_its_buffers_and_within_notice_and_advance(situation: Any) -> None:
    offer, gone, within, now = situation
    for slot in found(offer, gone, within, now):
        person = offer.person(slot.staff_id)
        assert person is not None
        assert now + offer.notice <= slot.starts_at < now + offer.advance
        assert slot.ends_at - slot.starts_at == offer.duration
        minute = slot.starts_at
        while minute < slot.ends_at:
            assert is_at_work(offer, person, minute), (slot, minute)
            minute += timedelta(minutes=5)
        for begin, end in gone[person.id].busy:
            assert slot.ends_at + offer.after <= begin or end <= slot.starts_at - offer.before
        assert works(offer, person, offer.times(slot.starts_at)), "what is offered can be booked"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_a_time_is_offered_once_as_the_clock_shows_it(situation: Any) -> None:
    offer, gone, within, now = situation
    offered = found(offer, gone, within, now)
    shown = [slot.starts_at.astimezone(offer.business.zone).replace(tzinfo=None) for slot in offered]
    assert len(set(shown)) == len(shown)
    first = [slot.starts_at for slot in offered if slot.starts_at < within[0][1]]
    assert first == sorted(first)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_whatever_was_offered_before_others_booked_is_offered_as_long_as_it_is_free(situation: Any) -> None:
    offer, gone, within, now = situation
    clipped = bookable(offer, within, now)
    for person in offer.people if clipped else ():
        empty = slots(offer, [person], {person.id: Taken([], [])}, clipped)
        free = [
            slot.starts_at
            for slot in empty
            if gone[person.id].is_free(slot.starts_at - offer.before, slot.ends_at + offer.after)
        ]
        assert [slot.starts_at for slot in slots(offer, [person], gone, clipped)] == free
