"""Bookings that wait for the business's yes: the team hears of them until they are answered, or end unanswered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from dynaris.core import clock
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling.actions import cancel, confirm
from dynaris.scheduling.reminders import remind, remind_everywhere
from dynaris.scheduling.rules import lock_people
from dynaris.scheduling.schemas import Booking
from tests.scheduling.conftest import Clinic, at
from tests.scheduling.mailed import Post, posted
from tests.scheduling.test_invitations import client


@pytest.fixture
async def post(clinic: Clinic, services: Services, sandbox: RunningSandbox) -> AsyncIterator[Post]:
    await clinic.service("Surgery", 60, needs_confirmation=True)
    with clock.stopped_at(clinic.now):
        async with posted(clinic, services, sandbox) as post:
            yield post


async def asked_for(post: Post, **more: Any) -> Booking:
    """On Monday at ten for Friday at ten."""
    booked = await post.clinic.taken("Surgery", at(27, 10), staff="Anna", contact_id=await client(post.clinic), **more)
    assert booked.status == "pending"
    return booked


async def told(post: Post, cause: str) -> list[str]:
    rows = await post.clinic.rows(
        "SELECT title FROM notification WHERE workspace_id = %(ws)s AND starts_with(cause, %(cause)s) ORDER BY id",
        cause=cause,
    )
    return [row["title"] for row in rows]


async def test_the_team_is_told_of_what_an_agent_asked_for(post: Post) -> None:
    await asked_for(post)
    assert await told(post, "asked:") == ["Ada Lovelace asks for Surgery, 2026-11-27 10:00 Europe/Berlin"]


async def test_the_team_is_reminded_of_a_request_until_it_is_answered(post: Post) -> None:
    clinic = post.clinic
    booked = await asked_for(post)
    counts = []
    for moment in (at(24, 9), at(24, 10), at(26, 9), at(26, 10), at(26, 11)):
        await remind_everywhere(clinic.db, now=moment)
        counts.append(len(await told(post, "unanswered:")))
    assert counts == [0, 1, 1, 2, 2]
    await clinic.do(confirm, booked, by="member:someone", accept=True)
    await remind(clinic.db, clinic.id, now=at(27, 9))
    assert len(await told(post, "unanswered:")) == 2
    await remind(clinic.db, clinic.id, now=at(27, 10))
    assert (await clinic.booking(booked)).status == "confirmed"


async def test_a_request_for_the_same_day_is_not_reminded_of_thrice(post: Post) -> None:
    clinic = post.clinic
    await clinic.taken("Surgery", at(23, 15), staff="Anna", contact_id=await client(clinic))
    for hour in range(10, 15):
        await remind(clinic.db, clinic.id, now=at(23, hour))
    assert len(await told(post, "unanswered:")) == 1


async def test_what_nobody_answered_is_cancelled_when_it_would_begin_and_the_client_is_told(post: Post) -> None:
    clinic = post.clinic
    booked = await asked_for(post)
    begins = at(27, 10)
    await remind(clinic.db, clinic.id, now=begins - timedelta(seconds=1))
    assert (await clinic.booking(booked)).status == "pending"
    with clock.stopped_at(begins):
        for _ in range(2):
            await remind_everywhere(clinic.db, now=begins)
    after = await clinic.booking(booked)
    assert (after.status, after.reason) == ("cancelled", "nobody confirmed it in time")
    *_, last = await post.read("ada@example.com")
    assert last["Subject"] == "Not confirmed: Surgery, Friday, 27 November 2026, 10:00"
    [task] = await clinic.rows("SELECT title, detail FROM task WHERE workspace_id = %(ws)s")
    assert task["title"].startswith("Nobody answered: Ada Lovelace had asked for Surgery")
    assert "told by mail" in task["detail"]
    assert len(await told(post, "lapsed:")) == 1


async def test_the_team_is_told_that_no_mail_could_reach_the_client(post: Post) -> None:
    clinic = post.clinic
    await clinic.taken("Surgery", at(27, 10), staff="Anna")
    with clock.stopped_at(at(27, 10)):
        await remind(clinic.db, clinic.id, now=at(27, 10))
    [task] = await clinic.rows("SELECT detail FROM task WHERE workspace_id = %(ws)s")
    assert "not told: no e-mail address of the contact is known" in task["detail"]


async def test_a_request_that_was_taken_back_is_heard_of_no_more(post: Post) -> None:
    clinic = post.clinic
    booked = await asked_for(post)
    await clinic.do(cancel, booked)
    await remind(clinic.db, clinic.id, now=at(27, 10))
    assert await told(post, "unanswered:") == []
    assert await clinic.rows("SELECT id FROM task WHERE workspace_id = %(ws)s") == []


async def test_what_is_answered_at_the_moment_when_it_would_end_is_not_said_to_be_unanswered(post: Post) -> None:
    clinic, begins = post.clinic, at(27, 10)
    booked = await asked_for(post)
    async with clinic.db.transaction(clinic.id) as connection:
        await lock_people(connection, clinic.id, [booked.staff_id])
        ending = asyncio.create_task(remind(clinic.db, clinic.id, now=begins))
        await clinic.until_somebody_waits()
        await confirm(connection, clinic.id, booked.id, by="member:someone", now=begins, accept=True)
    await ending
    assert (await clinic.booking(booked)).status == "confirmed"
    assert await told(post, "lapsed:") == []
    assert await clinic.rows("SELECT id FROM task WHERE workspace_id = %(ws)s") == []
