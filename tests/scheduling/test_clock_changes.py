"""Hours on days when clocks change, in zones of the business and of its people, and on days that are different."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dynaris.core.ids import new_id
from dynaris.scheduling.availability import slots
from dynaris.scheduling.hours import Week, instant, opened
from dynaris.scheduling.offer import Offer, Person, Taken
from tests.scheduling.conftest import Clinic, at, new_clinic

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
EVERY_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def week(span: str, zone: str = "Europe/Berlin", **exceptions: list[str]) -> Week:
    """The same hours every day, but for days like d_2026_12_24=[...]."""
    special = [{"date": day[2:].replace("_", "-"), "hours": hours} for day, hours in exceptions.items()]
    return Week({day: [span] for day in EVERY_DAY}, special, ZoneInfo(zone))


def shown(business: Week, day: date, *, minutes: int = 30, step: int = 30, person: Week | None = None) -> list[str]:
    """The times that are offered that day, as the business's clock shows them."""
    own = Week({}, person.exceptions if person else [], (person or business).zone)
    anna = Person(new_id(), "Anna", person, own)
    offer = Offer(
        service_id=new_id(),
        service="Massage",
        enabled=True,
        duration=timedelta(minutes=minutes),
        before=timedelta(),
        after=timedelta(),
        step=timedelta(minutes=step),
        notice=timedelta(),
        advance=timedelta(days=900),
        needs_confirmation=False,
        price=None,
        currency=None,
        timezone=business.zone.key,
        business=business,
        people=(anna,),
    )
    within = (instant(day, 0, business.zone), instant(day, 1440, business.zone))
    found = slots(offer, [anna], {anna.id: Taken([], [])}, [within])
    return [f"{slot.starts_at.astimezone(business.zone):%H:%M}" for slot in found]


def test_in_spring_no_time_is_offered_that_the_clock_skips() -> None:
    assert shown(week("01:00-04:00"), date(2026, 3, 28)) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
    assert shown(week("01:00-04:00"), date(2026, 3, 29)) == ["01:00", "01:30", "03:00", "03:30"]


def test_in_autumn_a_time_that_the_clock_shows_twice_is_offered_once() -> None:
    assert shown(week("01:00-04:00"), date(2026, 10, 25)) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
    [(begin, end)] = opened(week("01:00-04:00"), date(2026, 10, 25), date(2026, 10, 25))
    assert end - begin == timedelta(hours=4)


def test_an_appointment_over_the_change_lasts_as_long_as_any_other() -> None:
    assert shown(week("01:00-04:00"), date(2026, 3, 29), minutes=90) == ["01:00", "01:30"]
    assert "03:00" not in shown(week("01:00-04:00"), date(2026, 10, 25), minutes=90)
    assert "02:30" in shown(week("01:00-04:00"), date(2026, 10, 25), minutes=120)


@pytest.mark.parametrize(
    ("span", "begins", "ends"), [("02:30-05:00", "03:00", "05:00"), ("00:30-02:30", "00:30", "03:00")]
)
def test_hours_that_begin_or_end_in_the_skipped_time_begin_or_end_with_it(span: str, begins: str, ends: str) -> None:
    [(begin, end)] = opened(week(span), date(2026, 3, 29), date(2026, 3, 29))
    assert [f"{moment.astimezone(BERLIN):%H:%M}" for moment in (begin, end)] == [begins, ends]


def test_lord_howe_skips_half_an_hour_and_repeats_half_an_hour() -> None:
    island = week("01:00-04:00", "Australia/Lord_Howe")
    assert shown(island, date(2026, 10, 4), minutes=20, step=20) == [
        *("01:00", "01:20", "01:40", "02:40", "03:00", "03:20", "03:40")
    ]
    times = shown(island, date(2026, 4, 5), minutes=20, step=20)
    assert times == ["01:00", "01:20", "01:40", "02:00", "02:20", "02:40", "03:00", "03:20", "03:40"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
    ],
)
def test_a_whole_day_is_as_long_as_it_is(zone: str, day: date, hours: float) -> None:
    [(begin, end)] = opened(week("00:00-24:00", zone), day, day)
    assert end - begin == timedelta(hours=hours)


def test_a_night_goes_on_after_midnight_and_an_appointment_over_it() -> None:
    assert shown(week("22:00-01:00"), date(2026, 6, 10), minutes=60, step=60) == ["00:00", "22:00", "23:00"]
    whole = week("00:00-24:00")
    assert "23:30" in shown(whole, date(2026, 6, 10), minutes=60), "the next day begins where this one ends"


def test_somebody_far_away_works_by_their_own_clock() -> None:
    """Kolkata's clocks never change, and Berlin's do."""
    assert shown(week("00:00-24:00"), date(2026, 6, 10), person=week("09:00-11:00", "Asia/Kolkata")) == [
        *("05:30", "06:00", "06:30", "07:00")
    ]
    assert shown(week("00:00-24:00"), date(2026, 12, 9), person=week("09:00-11:00", "Asia/Kolkata")) == [
        *("04:30", "05:00", "05:30", "06:00")
    ]


def test_a_day_off_of_the_business_is_one_for_all_and_a_persons_own_for_them_alone() -> None:
    business = week("08:00-10:00", d_2026_12_25=[], d_2026_12_24=["08:00-09:00"])
    person = week("08:00-10:00", d_2026_12_23=[], d_2026_12_22=["14:00-15:00"])
    days = {day: shown(business, date(2026, 12, day), person=person) for day in range(21, 27)}
    assert days[21] == days[26] == ["08:00", "08:30", "09:00", "09:30"]
    assert days[22] == ["14:00", "14:30"]
    assert days[23] == days[25] == []
    assert days[24] == ["08:00", "08:30"]


async def test_somebody_without_hours_of_their_own_takes_a_day_off(clinic: Clinic) -> None:
    days = [{"date": "2026-11-24", "hours": []}, {"date": "2026-11-25", "hours": ["12:00-13:00"]}]
    berta = await clinic.person("Berta", exceptions=days)
    await clinic.service("Consultation", 60)
    slots = await clinic.slots("Consultation", at(24, 0), at(27, 0), staff_id=berta)
    assert {slot.starts_at.date() for slot in slots} == {date(2026, 11, 25), date(2026, 11, 26)}
    assert [slot.starts_at for slot in slots if slot.starts_at.date() == date(2026, 11, 25)] == [at(25, 12)]


async def test_who_works_in_another_zone_is_offered_and_booked_in_it(db) -> None:
    clinic = await new_clinic(db, "America/New_York", {"monday": ["09:00-17:00"]})
    indira = await clinic.person("Indira", timezone="Asia/Kolkata", hours={"tuesday": ["00:00-02:00"]})
    await clinic.service("Call", 60, step_minutes=60)
    slots = await clinic.slots("Call", staff_id=indira)
    monday = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert [slot.starts_at for slot in slots] == [monday, monday + timedelta(hours=1)]
    assert slots[0].timezone == "America/New_York"
    booked = await clinic.taken("Call", monday + timedelta(minutes=30), staff="Indira")
    assert booked.status == "confirmed"
    assert await clinic.slots("Call", staff_id=indira) == []
