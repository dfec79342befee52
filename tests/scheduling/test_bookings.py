"""The life of a booking: held, confirmed, moved, cancelled, over; each done twice is done once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dynaris.core.errors import Conflict, InvalidInput, NotBookable, NotFound, SlotTaken
from dynaris.core.ids import new_id
from dynaris.scheduling.actions import cancel, confirm, reschedule, set_status
from dynaris.scheduling.catalogue import change_person, change_service
from dynaris.scheduling.holds import MOST_HOLDS, sweep
from dynaris.scheduling.queries import bookings_of
from tests.scheduling.conftest import Clinic, at

TEN_MINUTES = timedelta(minutes=10)


async def starts(clinic: Clinic, service: str, day: int, **more) -> list:
    return [slot.starts_at for slot in await clinic.slots(service, at(day, 0), at(day + 1, 0), **more)]


async def test_a_hold_is_confirmed_with_the_price_of_its_day(clinic: Clinic) -> None:
    held = await clinic.held("Massage", at(24, 10), staff="Anna")
    assert (held.status, held.staff, held.held_until) == ("held", "Anna", clinic.now + TEN_MINUTES)
    await clinic.rows("UPDATE service SET price = 99 WHERE workspace_id = %(ws)s")
    booked = await clinic.do(confirm, held)
    assert (booked.status, booked.price, booked.currency) == ("confirmed", Decimal(69), "EUR")
    assert booked.ends_at == at(24, 11)
    assert booked.model_dump(mode="json")["price"] == "69.00"
    assert await clinic.do(confirm, held) == booked


async def test_what_is_held_is_offered_to_nobody_and_what_is_over_to_everybody(clinic: Clinic) -> None:
    anna = clinic.people["Anna"]
    await clinic.held("Massage", at(24, 10), staff="Anna")
    assert not {at(24, 9, 15), at(24, 10), at(24, 10, 45)} & {*await starts(clinic, "Massage", 24, staff_id=anna)}
    assert {at(24, 9), at(24, 11)} <= {*await starts(clinic, "Massage", 24, staff_id=anna)}
    clinic.now += TEN_MINUTES
    assert at(24, 10) in await starts(clinic, "Massage", 24, staff_id=anna)


async def test_the_next_taker_ends_a_hold_that_is_over_and_its_confirmation_comes_too_late(clinic: Clinic) -> None:
    held = await clinic.held("Massage", at(24, 10), staff="Anna")
    clinic.now += TEN_MINUTES
    other = await clinic.taken("Massage", at(24, 10, 30), staff="Anna")
    assert other.status == "confirmed"
    assert (await clinic.booking(held)).status == "expired"
    with pytest.raises(SlotTaken):
        await clinic.do(confirm, held)
    await clinic.do(cancel, other)
    assert (await clinic.do(confirm, held)).status == "confirmed", "nobody has the time any more"


async def test_holds_that_are_over_are_swept_and_others_are_not(clinic: Clinic) -> None:
    over = await clinic.held("Massage", at(24, 10))
    running = await clinic.held("Massage", at(24, 11), minutes=60)
    booked = await clinic.taken("Massage", at(24, 12))
    assert await sweep(clinic.db, now=clinic.now + TEN_MINUTES) >= 1
    found = [(await clinic.booking(one)).status for one in (over, running, booked)]
    assert found == ["expired", "held", "confirmed"]


async def test_the_same_key_is_the_same_booking_and_for_another_one_a_conflict(clinic: Clinic) -> None:
    contact, key = await clinic.contact(), str(new_id())
    booked = await clinic.taken("Massage", at(24, 10), contact_id=contact, key=key)
    assert (await clinic.taken("Massage", at(24, 10), contact_id=contact, key=key)).id == booked.id
    await clinic.do(reschedule, booked, starts_at=at(24, 14))
    assert (await clinic.taken("Massage", at(24, 10), contact_id=contact, key=key)).starts_at == at(24, 14)
    for other in ({"contact_id": await clinic.contact()}, {"contact_id": contact, "staff": "Tom"}):
        fresh = await clinic.taken("Massage", at(25, 10), contact_id=contact, staff="Anna", key=str(new_id()))
        key_of = await clinic.rows("SELECT key FROM booking WHERE workspace_id = %(ws)s AND id = %(id)s", id=fresh.id)
        with pytest.raises(Conflict, match="key"):
            await clinic.taken("Massage", at(25, 10), key=key_of[0]["key"], **other)
        await clinic.do(cancel, fresh)


async def test_buffers_of_neighbours_add_up_and_may_lie_outside_hours(clinic: Clinic) -> None:
    await clinic.service("Laser", 30, buffer_before=10, buffer_after=20)
    first = await clinic.taken("Laser", at(24, 8), staff="Anna")
    assert (first.starts_at, first.ends_at) == (at(24, 8), at(24, 8, 30))
    for minute in (45, 55):
        with pytest.raises(SlotTaken):
            await clinic.taken("Laser", at(24, 8, minute), staff="Anna")
    assert (await clinic.taken("Laser", at(24, 9), staff="Anna")).status == "confirmed"
    assert (await starts(clinic, "Laser", 24, staff_id=clinic.people["Anna"]))[:2] == [at(24, 10), at(24, 10, 15)]
    assert (await starts(clinic, "Laser", 24, staff_id=clinic.people["Anna"]))[-1] == at(24, 17, 30)


async def test_two_services_share_the_time_of_one_person(clinic: Clinic) -> None:
    await clinic.service("Check", 15)
    await clinic.taken("Massage", at(24, 10), staff="Anna")
    with pytest.raises(SlotTaken):
        await clinic.taken("Check", at(24, 10, 45), staff="Anna")
    assert (await clinic.taken("Check", at(24, 11), staff="Anna")).service == "Check"


async def test_without_a_name_it_is_whoever_is_free_and_has_least_that_day(clinic: Clinic) -> None:
    await clinic.taken("Massage", at(24, 15), staff="Anna")
    slots = {slot.starts_at: slot.staff for slot in await clinic.slots("Massage", at(24, 0), at(25, 0))}
    assert (slots[at(24, 10)], slots[at(24, 15)]) == ("Tom", "Tom")
    found = [(await clinic.taken("Massage", at(24, 10))).staff for _ in range(2)]
    assert found == ["Tom", "Anna"]
    with pytest.raises(SlotTaken):
        await clinic.taken("Massage", at(24, 10))


async def test_a_booking_moves_onto_part_of_its_own_time_and_counts_its_moves(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    assert at(24, 10, 30) in await starts(clinic, "Massage", 24, staff_id=clinic.people["Anna"], without=booked.id)
    moved = await clinic.do(reschedule, booked, starts_at=at(24, 10, 30))
    assert (moved.id, moved.starts_at, moved.ends_at, moved.sequence) == (booked.id, at(24, 10, 30), at(24, 11, 30), 1)
    assert (await clinic.do(reschedule, booked, starts_at=at(24, 10, 30))).sequence == 1
    assert (await clinic.taken("Massage", at(24, 9, 30), staff="Anna")).status == "confirmed"


async def test_a_booking_that_cannot_move_stays_where_it_was(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    await clinic.taken("Massage", at(24, 12), staff="Anna")
    with pytest.raises(SlotTaken):
        await clinic.do(reschedule, booked, starts_at=at(24, 12, 30))
    with pytest.raises(NotBookable):
        await clinic.do(reschedule, booked, starts_at=at(24, 22))
    assert await clinic.booking(booked) == booked
    moved = await clinic.do(reschedule, booked, starts_at=at(24, 12, 30), staff_id=clinic.people["Tom"])
    assert (moved.staff, moved.starts_at) == ("Tom", at(24, 12, 30))


async def test_a_move_keeps_length_buffers_and_price_as_they_were_booked(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    async with clinic.db.workspace(clinic.id) as connection:
        fields = {"duration_minutes": 30, "buffer_after": 30, "price": "80"}
        await change_service(connection, clinic.id, clinic.services["Massage"], fields=fields, by="system")
    moved = await clinic.do(reschedule, booked, starts_at=at(24, 17))
    assert (moved.ends_at, moved.price) == (at(24, 18), Decimal(69))


async def test_cancelling_frees_the_time_and_a_hold_is_let_go(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    held = await clinic.held("Massage", at(24, 14), staff="Anna")
    gone = await clinic.do(cancel, booked, reason="ill")
    assert (gone.status, gone.reason) == ("cancelled", "ill")
    assert (await clinic.do(cancel, booked, reason="late")).reason == "ill"
    assert (await clinic.do(cancel, held)).status == "cancelled"
    for hour in (10, 14):
        assert (await clinic.taken("Massage", at(24, hour), staff="Anna")).status == "confirmed"
    with pytest.raises(Conflict):
        await clinic.do(confirm, held)
    with pytest.raises(Conflict):
        await clinic.do(reschedule, booked, starts_at=at(24, 16))


async def test_a_service_that_needs_a_yes_is_pending_until_the_business_says_it(clinic: Clinic) -> None:
    await clinic.service("Surgery", 60, needs_confirmation=True)
    asked = await clinic.taken("Surgery", at(24, 10), staff="Anna")
    assert asked.status == "pending"
    assert (await clinic.do(confirm, asked)).status == "pending", "the customer's yes is not the business's"
    assert (await clinic.do(confirm, asked, accept=True, by="member:1")).status == "confirmed"
    assert (await clinic.do(reschedule, asked, starts_at=at(24, 14))).status == "pending"
    assert (await clinic.do(confirm, asked, accept=True, by="member:1")).status == "confirmed"
    assert (await clinic.do(reschedule, asked, starts_at=at(24, 16), by="member:1")).status == "confirmed"


async def test_how_a_booking_ended_is_known_once_it_has_begun_and_can_be_corrected(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10))
    with pytest.raises(Conflict, match="not begun"):
        await clinic.do(set_status, booked, status="completed")
    clinic.now = at(24, 10)
    assert (await clinic.do(set_status, booked, status="no_show")).status == "no_show"
    assert (await clinic.do(set_status, booked, status="completed")).status == "completed"
    with pytest.raises(Conflict):
        await clinic.do(cancel, booked)
    with pytest.raises(Conflict):
        await clinic.do(reschedule, booked, starts_at=at(25, 10))


async def test_a_client_moves_and_cancels_until_the_notice_and_the_business_whenever_it_likes(clinic: Clinic) -> None:
    await clinic.set(booking={"cancel_notice_minutes": 120})
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    other = await clinic.taken("Massage", at(24, 14), staff="Anna")
    clinic.now = at(24, 8)
    assert (await clinic.do(reschedule, booked, starts_at=at(24, 11))).sequence == 1
    clinic.now = at(24, 9, 1)
    for by in ("agent:scheduling", "contact:1"):
        with pytest.raises(Conflict, match="until 2026-11-24 09:00"):
            await clinic.do(cancel, booked, by=by)
        with pytest.raises(Conflict, match="until 2026-11-24 09:00"):
            await clinic.do(reschedule, booked, starts_at=at(25, 11), by=by)
    assert (await clinic.do(reschedule, booked, starts_at=at(24, 12), by="member:1")).sequence == 2
    await clinic.set(booking={})
    clinic.now = at(24, 14)
    with pytest.raises(Conflict, match="a person of the business decides"):
        await clinic.do(cancel, other)
    assert (await clinic.do(cancel, other, by="member:1")).status == "cancelled"


async def test_a_time_that_is_held_for_nobody_yet_is_confirmed_by_nobody(clinic: Clinic) -> None:
    held = await clinic.held("Massage", at(24, 10), contact_id=new_id(), unnamed=True, by="visitor")
    with pytest.raises(Conflict, match="nobody has said"):
        await clinic.do(confirm, held, accept=True, by="member:1")


@pytest.mark.parametrize(
    ("begins", "said"),
    [
        (at(23, 11, 59), "at least 120 minutes"),
        (at(23, 9), "over"),
        (at(24, 7, 45), "does not work"),
        (at(24, 17, 15), "does not work"),
        (at(28, 10), "does not work"),
        (at(30, 10, 1), "at most 7 days"),
    ],
)
async def test_what_the_rules_forbid_is_neither_offered_nor_booked_but_by_who_may(
    clinic: Clinic, begins, said: str
) -> None:
    await clinic.service("Visit", 60, minimum_notice_minutes=120, maximum_advance_days=7, step_minutes=5)
    slots = await clinic.slots("Visit", begins - timedelta(minutes=1), begins + timedelta(minutes=1))
    assert begins not in [slot.starts_at for slot in slots]
    with pytest.raises(NotBookable, match=said):
        await clinic.taken("Visit", begins, staff="Anna")
    booked = await clinic.taken("Visit", begins, staff="Anna", overrule=True, by="member:1")
    assert booked.status == "confirmed"
    with pytest.raises(SlotTaken):
        await clinic.taken("Visit", begins, staff="Anna", overrule=True)


async def test_notice_that_was_kept_when_it_was_held_is_kept_when_it_is_confirmed(clinic: Clinic) -> None:
    await clinic.service("Visit", 60, minimum_notice_minutes=120)
    held = await clinic.held("Visit", at(23, 12), staff="Anna")
    clinic.now += timedelta(minutes=9)
    assert (await clinic.do(confirm, held)).status == "confirmed"


async def test_a_hold_is_looked_at_again_when_it_is_confirmed(clinic: Clinic) -> None:
    held = await clinic.held("Massage", at(24, 10), staff="Anna")
    async with clinic.db.workspace(clinic.id) as connection:
        off = {"exceptions": [{"date": "2026-11-24", "hours": []}]}
        await change_person(connection, clinic.id, clinic.people["Anna"], fields=off, by="system")
    with pytest.raises(NotBookable, match="Anna does not work"):
        await clinic.do(confirm, held)


async def test_one_contact_holds_no_more_than_a_few_times_at_once(clinic: Clinic) -> None:
    ada = await clinic.contact()
    for hour in range(MOST_HOLDS):
        await clinic.held("Massage", at(24, 9 + hour), contact_id=ada)
    with pytest.raises(Conflict, match="held"):
        await clinic.held("Massage", at(25, 9), contact_id=ada)
    clinic.now += TEN_MINUTES
    assert (await clinic.held("Massage", at(25, 9), contact_id=ada)).status == "held"


async def test_what_does_not_exist_is_not_found_and_what_is_off_cannot_be_booked(clinic: Clinic) -> None:
    await clinic.service("Other", 30, enabled=False)
    with pytest.raises(NotBookable):
        await clinic.taken("Other", at(24, 10))
    assert await starts(clinic, "Other", 24) == []
    with pytest.raises(NotFound):
        await clinic.taken("Massage", at(24, 10), contact_id=new_id())
    with pytest.raises(NotFound):
        await clinic.taken("Massage", at(24, 10), staff_id=new_id())
    with pytest.raises(NotFound):
        await clinic.taken("Massage", at(24, 10), conversation_id=new_id())
    with pytest.raises(InvalidInput):
        await clinic.taken("Massage", at(24, 10), timezone="Europe/Atlantis")


async def test_a_contacts_bookings_are_those_to_come_or_all(clinic: Clinic) -> None:
    ada = await clinic.contact()
    past = await clinic.taken("Massage", at(23, 11), contact_id=ada)
    later = await clinic.taken("Massage", at(25, 11), contact_id=ada)
    sooner = await clinic.taken("Massage", at(24, 11), contact_id=ada)
    gone = await clinic.do(cancel, await clinic.taken("Massage", at(24, 15), contact_id=ada))
    async with clinic.db.workspace(clinic.id) as connection:
        to_come = await bookings_of(connection, clinic.id, ada, now=at(23, 13))
        every = await bookings_of(connection, clinic.id, ada, upcoming=False, now=at(23, 13))
    assert [one.id for one in to_come] == [sooner.id, later.id]
    assert [one.id for one in every] == [past.id, sooner.id, gone.id, later.id]


async def test_a_contact_is_told_in_their_own_zone_where_it_is_known(clinic: Clinic) -> None:
    ada = await clinic.contact()
    assert (await clinic.taken("Massage", at(24, 9), contact_id=ada)).timezone == "Europe/Berlin"
    await clinic.rows(
        "UPDATE contact SET timezone = 'Asia/Kolkata' WHERE workspace_id = %(ws)s AND id = %(id)s", id=ada
    )
    assert (await clinic.taken("Massage", at(24, 10), contact_id=ada)).timezone == "Asia/Kolkata"
    assert (await clinic.taken("Massage", at(24, 11), contact_id=ada, timezone="UTC")).timezone == "UTC"
