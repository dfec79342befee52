"""Reminders: when they are due, that they leave once, and when they do not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dynaris.core import clock
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling.actions import cancel, reschedule
from dynaris.scheduling.booking_settings import Quiet, before_quiet_hours
from dynaris.scheduling.reminders import remind, remind_everywhere
from tests.scheduling.conftest import Clinic, at
from tests.scheduling.mailed import Post, posted
from tests.scheduling.test_invitations import client

DAY = timedelta(days=1)


@pytest.fixture
async def post(clinic: Clinic, services: Services, sandbox: RunningSandbox) -> AsyncIterator[Post]:
    with clock.stopped_at(clinic.now):
        async with posted(clinic, services, sandbox) as post:
            yield post


async def reminders(post: Post, now: datetime) -> list[str]:
    await remind(post.clinic.db, post.clinic.id, now=now)
    return [mail["Subject"] for mail in await post.read("ada@example.com") if "Reminder" in mail["Subject"]]


async def test_a_client_is_reminded_a_day_before_once(post: Post) -> None:
    clinic = post.clinic
    await clinic.taken("Massage", at(26, 10), contact_id=await client(clinic))
    assert await reminders(post, at(25, 10) - timedelta(seconds=1)) == []
    await asyncio.gather(*(remind_everywhere(clinic.db, now=at(25, 10)) for _ in range(3)))
    assert await reminders(post, at(25, 11)) == ["Reminder: Massage, Thursday, 26 November 2026, 10:00"]


async def test_a_moved_booking_is_reminded_of_its_new_time_alone_and_a_cancelled_one_not_at_all(post: Post) -> None:
    clinic = post.clinic
    contact_id = await client(clinic)
    moved = await clinic.taken("Massage", at(25, 14), contact_id=contact_id)
    ended = await clinic.taken("Massage", at(25, 16), contact_id=contact_id)
    await clinic.do(reschedule, moved, starts_at=at(27, 9))
    await clinic.do(cancel, ended)
    assert await reminders(post, at(24, 23)) == []
    assert await reminders(post, at(26, 9)) == ["Reminder: Massage, Friday, 27 November 2026, 09:00"]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ("email", "the contact asked for no messages by email"),
        ("any/follow_up", "the contact asked for no follow-ups by email"),
    ],
)
async def test_who_asked_for_nothing_is_not_reminded_and_the_reason_is_kept(post: Post, wish: str, reason: str) -> None:
    clinic = post.clinic
    await clinic.taken("Massage", at(26, 10), contact_id=await client(clinic))
    await clinic.rows(
        "UPDATE contact SET blocked_channels = ARRAY[%(wish)s::text] WHERE workspace_id = %(ws)s", wish=wish
    )
    assert await reminders(post, at(25, 10)) == []
    [row] = await clinic.rows(
        "SELECT status, result FROM booking_due WHERE workspace_id = %(ws)s AND what = 'remind_contact'"
    )
    assert (row["status"], row["result"]) == ("dropped", reason)


async def test_a_service_has_reminders_of_its_own_and_a_worker_that_was_away_for_hours_sends_none(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(booking={"service_reminders": {str(clinic.services["Massage"]): [120, 30]}})
    await clinic.taken("Massage", at(26, 15), contact_id=await client(clinic))
    assert await reminders(post, at(25, 15)) == []
    assert len(await reminders(post, at(26, 13))) == 1
    assert len(await reminders(post, at(26, 15))) == 1  # it has begun
    assert len(post.mails("ada@example.com")) == 2


async def test_the_person_is_reminded_too_where_the_business_wants_it(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(booking={"person_reminders": [60], "reminders": []})
    await clinic.person("Eva", email="eva@example.org")
    await clinic.service("Yoga", 45)
    await clinic.taken("Yoga", at(26, 15), staff="Eva", contact_id=await client(clinic))
    await remind(clinic.db, clinic.id, now=at(26, 14))
    assert [mail["Subject"].split(":")[0] for mail in await post.read("eva@example.org")] == ["Booked", "Reminder"]


@pytest.mark.parametrize(
    ("after", "status", "tasks"), [("complete", "completed", 0), ("task", "confirmed", 1), ("nothing", "confirmed", 0)]
)
async def test_a_day_after_it_ended_a_booking_is_counted_as_completed_or_asked_about(
    post: Post, after: str, status: str, tasks: int
) -> None:
    clinic = post.clinic
    await clinic.set(booking={"after": after})
    booked = await clinic.taken("Massage", at(24, 10), contact_id=await client(clinic))
    await remind(clinic.db, clinic.id, now=at(25, 10))
    assert (await clinic.booking(booked)).status == "confirmed"
    with clock.stopped_at(at(25, 12)):
        await remind(clinic.db, clinic.id, now=at(25, 12))
        await remind(clinic.db, clinic.id, now=at(25, 13))
    assert (await clinic.booking(booked)).status == status
    assert len(await clinic.rows("SELECT id FROM task WHERE workspace_id = %(ws)s")) == tasks


@pytest.mark.parametrize(
    ("due", "leaves"),
    [
        ("2026-11-24T12:00", "2026-11-24T12:00"),
        ("2026-11-24T23:30", "2026-11-24T21:00"),
        ("2026-11-25T06:00", "2026-11-24T21:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
        ("2026-03-29T04:00", "2026-03-28T21:00"),  # the night in which clocks change
    ],
)
def test_a_reminder_that_is_due_in_quiet_hours_leaves_before_them(due: str, leaves: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime.fromisoformat(due).replace(tzinfo=berlin).astimezone(UTC)
    found = before_quiet_hours(moment, Quiet(), "Europe/Berlin")
    assert found == datetime.fromisoformat(leaves).replace(tzinfo=berlin)
