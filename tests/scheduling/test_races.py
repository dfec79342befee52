"""Many want one time at one moment: one gets it, the others hear it at once, and nobody waits in a circle."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dynaris.core.errors import Conflict, SlotTaken
from dynaris.core.ids import new_id
from dynaris.scheduling.actions import cancel, confirm, reschedule
from dynaris.scheduling.holds import MOST_HOLDS, sweep
from tests.scheduling.conftest import Clinic, at

_INSERT = """INSERT INTO booking (workspace_id, id, service_id, staff_id, contact_id, status, starts_at, ends_at,
        busy_from, busy_until, held_until, timezone, key, created_by)
    VALUES (%(ws)s, %(id)s, %(service)s, %(staff)s, %(id)s, 'confirmed', %(starts)s, %(ends)s, %(starts)s, %(ends)s,
        now(), 'UTC', %(id)s::text, 'test')"""


async def together(*attempts: Any) -> Counter[str]:
    """How each ended: by the booking's status, or by the error's code."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    found: Counter[str] = Counter()
    for one in ended:
        if isinstance(one, Conflict):
            found[one.code] += 1
        elif isinstance(one, BaseException):
            raise one
        else:
            found[one.status] += 1
    return found


async def overlapping(clinic: Clinic) -> list[dict[str, Any]]:
    return await clinic.rows(
        """SELECT one.id FROM booking one JOIN booking other ON other.workspace_id = one.workspace_id
               AND other.staff_id = one.staff_id AND other.during && one.during AND other.id <> one.id
           WHERE one.workspace_id = %(ws)s AND one.status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')
             AND other.status IN ('held', 'pending', 'confirmed', 'completed', 'no_show')"""
    )


async def test_fifty_who_want_one_slot_are_one_and_forty_nine(clinic: Clinic) -> None:
    contacts = [await clinic.contact() for _ in range(50)]
    began = time.monotonic()
    ended = await together(
        *(clinic.taken("Massage", at(24, 10), staff="Anna", contact_id=contact) for contact in contacts)
    )
    assert ended == {"confirmed": 1, "slot_taken": 49}
    assert time.monotonic() - began < 5
    assert await overlapping(clinic) == []


async def test_fifty_for_five_slots_of_two_people_are_ten(clinic: Clinic) -> None:
    contacts = [await clinic.contact() for _ in range(50)]
    ended = await together(
        *(clinic.held("Massage", at(24, 9 + number % 5), contact_id=one) for number, one in enumerate(contacts))
    )
    assert ended == {"held": 10, "slot_taken": 40}
    assert await overlapping(clinic) == []


async def test_twenty_holds_of_one_contact_at_once_are_no_more_than_one_after_the_other(clinic: Clinic) -> None:
    ada = await clinic.contact()
    wanted = [(at(24 + day, 9 + hour), staff) for day in range(2) for hour in range(5) for staff in ("Anna", "Tom")]
    ended = await together(*(clinic.held("Massage", begins, staff=staff, contact_id=ada) for begins, staff in wanted))
    assert ended == {"held": MOST_HOLDS, "conflict": 20 - MOST_HOLDS}


async def test_fifty_that_overlap_each_other_in_part_never_overlap_afterwards(clinic: Clinic) -> None:
    contacts = [await clinic.contact() for _ in range(50)]
    ended = await together(
        *(clinic.taken("Massage", at(24, 9, 15 * (number % 20)), contact_id=one) for number, one in enumerate(contacts))
    )
    assert ended["confirmed"] >= 6
    assert ended["confirmed"] + ended["slot_taken"] == 50
    assert await overlapping(clinic) == []


async def test_the_database_itself_refuses_a_second_booking_of_one_time(clinic: Clinic) -> None:
    row = {"service": clinic.services["Massage"], "staff": clinic.people["Anna"]}
    await clinic.rows(_INSERT, id=new_id(), starts=at(24, 10), ends=at(24, 11), **row)
    with pytest.raises(psycopg.errors.ExclusionViolation):
        await clinic.rows(_INSERT, id=new_id(), starts=at(24, 10, 59), ends=at(24, 12), **row)
    await clinic.rows(_INSERT, id=new_id(), starts=at(24, 11), ends=at(24, 12), **row)
    await clinic.rows(
        _INSERT, id=new_id(), starts=at(24, 10), ends=at(24, 11), **{**row, "staff": clinic.people["Tom"]}
    )


async def test_the_constraints_no_is_the_callers_no_where_nothing_was_seen_before(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_seen(*_: Any, **__: Any) -> None: ...

    await clinic.taken("Massage", at(24, 10), staff="Anna")
    monkeypatch.setattr("dynaris.scheduling.holds.check", nothing_seen)
    with pytest.raises(SlotTaken):
        await clinic.held("Massage", at(24, 10, 30), staff="Anna")


async def test_one_request_delivered_ten_times_at_once_is_one_booking(clinic: Clinic) -> None:
    contact, key = await clinic.contact(), str(new_id())
    ended = await asyncio.gather(*(clinic.taken("Massage", at(24, 10), contact_id=contact, key=key) for _ in range(10)))
    assert len({booking.id for booking in ended}) == 1
    assert len(await clinic.rows("SELECT id FROM booking WHERE workspace_id = %(ws)s")) == 1


async def test_a_hold_that_ends_while_it_is_confirmed_and_wanted_is_one_ones(clinic: Clinic) -> None:
    for minute in range(10):
        begins = at(24, 9) + timedelta(days=minute // 5, hours=minute % 5)
        held = await clinic.held("Massage", begins, staff="Anna")
        later = held.held_until
        assert later is not None
        others = [clinic.held("Massage", begins, staff="Anna", now=later) for _ in range(3)]
        ended = await together(clinic.do(confirm, held, now=later), *others, _swept(clinic, later))
        assert ended["slot_taken"] == 3, ended
        assert await overlapping(clinic) == []


async def _swept(clinic: Clinic, now: Any) -> Any:
    await sweep(clinic.db, now=now)

    class Swept:
        status = "swept"

    return Swept


async def test_two_who_swap_their_people_at_once_do_not_wait_for_each_other(clinic: Clinic) -> None:
    ann = await clinic.taken("Massage", at(24, 9), staff="Anna")
    tom = await clinic.taken("Massage", at(24, 10), staff="Tom")
    for _ in range(5):
        began = time.monotonic()
        await asyncio.gather(
            clinic.do(reschedule, ann, starts_at=at(24, 9), staff_id=clinic.people["Tom"]),
            clinic.do(reschedule, tom, starts_at=at(24, 10), staff_id=clinic.people["Anna"]),
        )
        await asyncio.gather(
            clinic.do(reschedule, ann, starts_at=at(24, 9), staff_id=clinic.people["Anna"]),
            clinic.do(reschedule, tom, starts_at=at(24, 10), staff_id=clinic.people["Tom"]),
        )
        assert time.monotonic() - began < 0.9, "a deadlock is found after a second"


async def test_twenty_who_move_to_one_time_are_one_and_the_others_stay(clinic: Clinic) -> None:
    starts = [at(24, 8) + timedelta(days=day, hours=hour) for day in range(3) for hour in range(7)][:20]
    booked = [await clinic.taken("Massage", start, staff="Anna") for start in starts]
    ended = await together(*(clinic.do(reschedule, one, starts_at=at(27, 10)) for one in booked))
    assert ended == {"confirmed": 1, "slot_taken": 19}
    moved = [one for one, was in zip([await clinic.booking(one) for one in booked], booked, strict=True) if one != was]
    assert [(one.starts_at, one.sequence) for one in moved] == [(at(27, 10), 1)]


async def test_a_time_that_is_cancelled_ten_times_at_once_is_free_once(clinic: Clinic) -> None:
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna")
    ended = await together(*(clinic.do(cancel, booked, reason="ill") for _ in range(10)))
    assert ended == {"cancelled": 10}
    changes = await clinic.rows(
        "SELECT what FROM booking_change WHERE workspace_id = %(ws)s AND what IN ('confirmed', 'cancelled') ORDER BY id"
    )
    assert [change["what"] for change in changes] == ["confirmed", "cancelled"]
    assert (await clinic.taken("Massage", at(24, 10), staff="Anna")).status == "confirmed"


async def test_a_booking_that_waits_for_a_yes_keeps_its_time_and_gets_it_once(clinic: Clinic) -> None:
    await clinic.service("Surgery", 60, needs_confirmation=True)
    asked = await clinic.taken("Surgery", at(24, 10), staff="Anna")
    with pytest.raises(SlotTaken):
        await clinic.taken("Surgery", at(24, 10), staff="Anna")
    ended = await together(*(clinic.do(confirm, asked, accept=True, by="member:1") for _ in range(10)))
    assert ended == {"confirmed": 10}
    changes = await clinic.rows(
        "SELECT what FROM booking_change WHERE workspace_id = %(ws)s AND what IN ('confirmed', 'pending') ORDER BY id"
    )
    assert [change["what"] for change in changes] == ["pending", "confirmed"]
