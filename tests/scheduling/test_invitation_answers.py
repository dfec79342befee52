"""What calendars answer to invitations, as mails through the whole flow; from whom it counts."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import pytest

from dynaris.channels.contract import Arrival
from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.pipeline.intake import accept
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling.actions import reschedule
from dynaris.scheduling.calendar_file import uid_of
from dynaris.scheduling.invitation_answers import Taken, take_answer
from dynaris.scheduling.rules import lock_people
from dynaris.scheduling.schemas import Booking
from dynaris.workspaces.actions import NewWorkspace
from tests.flows.conftest import World
from tests.scheduling.conftest import Clinic, at
from tests.scheduling.mailed import Post, calendar_of, posted
from tests.scheduling.test_invitations import client


@pytest.fixture
async def post(clinic: Clinic, services: Services, sandbox: RunningSandbox) -> AsyncIterator[Post]:
    with clock.stopped_at(clinic.now):
        async with posted(clinic, services, sandbox) as post:
            yield post


async def invited(post: Post, hour: int = 10) -> Booking:
    booked = await post.clinic.taken("Massage", at(24, hour), contact_id=await client(post.clinic))
    await post.out()
    return booked


def answer(
    booking: Booking,
    partstat: str = "DECLINED",
    *,
    sender: str = "ada@example.com",
    attendee: str = "ada@example.com",
    method: str = "REPLY",
    sequence: int = 0,
    stamp: str = "20261123T085500Z",
    extra: str = "",
    **headers: str,
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Ada <{sender}>", "hello@clinic.example", f"{partstat}: Massage"
    mail["Message-ID"] = f"<{new_id()}@example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(f"Ada has {partstat.lower()} this invitation. What does it cost?")
    mail.add_alternative(
        "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar//EN\r\nVERSION:2.0\r\n"
        f"METHOD:{method}\r\nBEGIN:VEVENT\r\nDTSTART:20261124T120000Z\r\nDTSTAMP:{stamp}\r\n"
        f"ORGANIZER:mailto:hello@clinic.example\r\nUID:{uid_of(booking.id)}\r\n"
        f'ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT={partstat};CN="Ada: L;x":mailto:{attendee}\r\n'
        f"SEQUENCE:{sequence}\r\n{extra}END:VEVENT\r\nEND:VCALENDAR\r\n",
        subtype="calendar",
        params={"method": method},
    )
    return mail


PROVED: dict[str, Any] = {"Authentication_Results": "mx.clinic.example; dmarc=pass header.from=example.com"}


async def arrives(post: Post, mail: EmailMessage) -> dict[str, Any]:
    """The event, once the flow is through with it."""
    clinic = post.clinic
    world = World(post.services, NewWorkspace(clinic.id, clinic.id, clinic.id), post.account)
    arrival = Arrival(external_id=str(mail["Message-ID"]), lane=f"email:{mail['From']}", raw=bytes(mail))
    accepted = await accept(post.services, post.account, arrival)
    await world.settle()
    return await world.event(accepted.event_id)


async def noted(clinic: Clinic) -> str | None:
    [row] = await clinic.rows("SELECT answer FROM booking_invitation WHERE workspace_id = %(ws)s")
    return row["answer"]


@pytest.mark.parametrize(
    ("partstat", "kept"), [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative"), ("DECLINED", "declined")]
)
async def test_an_answer_is_kept_and_nobody_answers_it(post: Post, partstat: str, kept: str) -> None:
    booked = await invited(post)
    event = await arrives(post, answer(booked, partstat, Auto_Submitted="auto-generated", **PROVED))
    assert (event["outcome"], event["reason"]) == ("ignored", f"a calendar's answer: {kept} the invitation")
    assert await noted(post.clinic) == kept
    assert (await post.clinic.booking(booked)).status == "confirmed"
    assert len(post.mails("ada@example.com")) == 1


async def test_who_declines_is_a_task_once_however_often_it_arrives(post: Post) -> None:
    booked = await invited(post)
    for _ in range(2):
        await arrives(post, answer(booked, **PROVED))
    tasks = await post.clinic.rows("SELECT title FROM task WHERE workspace_id = %(ws)s")
    assert [row["title"] for row in tasks] == ["Ada Lovelace declined Massage on 2026-11-24 10:00 Europe/Berlin"]


async def test_who_declines_cancels_where_the_business_says_so_and_the_sender_is_proved(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(booking={"declined": "cancel"})
    booked = await invited(post)
    await arrives(post, answer(booked))
    assert (await clinic.booking(booked)).status == "confirmed"
    await arrives(post, answer(booked, **PROVED))
    assert (await clinic.booking(booked)).status == "cancelled"
    assert str(calendar_of((await post.read("ada@example.com"))[-1])["method"]) == "CANCEL"


async def test_who_declines_too_late_to_cancel_is_a_task(post: Post) -> None:
    await post.clinic.set(booking={"declined": "cancel", "cancel_notice_minutes": 2 * 1440})
    booked = await invited(post)
    await arrives(post, answer(booked, **PROVED))
    assert (await post.clinic.booking(booked)).status == "confirmed"
    [task] = await post.clinic.rows("SELECT title, detail FROM task WHERE workspace_id = %(ws)s")
    assert task["title"].startswith("Ada Lovelace declined Massage")
    assert "a person of the business decides" in task["detail"]


async def test_an_answer_of_anybody_else_changes_nothing_and_is_an_ordinary_mail(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(booking={"declined": "cancel"})
    booked = await invited(post)
    failed: dict[str, Any] = {"Authentication_Results": "mx.clinic.example; dmarc=fail header.from=example.com"}
    eve: dict[str, Any] = {"Authentication_Results": "mx.clinic.example; dmarc=pass header.from=evil.example"}
    forged = [
        answer(booked, sender="eve@evil.example", **eve),
        answer(booked, sender="eve@evil.example", attendee="eve@evil.example", **eve),
        answer(booked, **failed),
        answer(booked, attendee="eve@evil.example", **PROVED),
    ]
    for mail in forged:
        event = await arrives(post, mail)
        assert "invitation" not in (event["reason"] or "")
    assert await noted(clinic) is None
    assert (await clinic.booking(booked)).status == "confirmed"


async def test_an_earlier_answer_that_comes_late_and_one_to_an_earlier_time_change_nothing(post: Post) -> None:
    clinic = post.clinic
    booked = await invited(post)
    await arrives(post, answer(booked, "ACCEPTED", **PROVED))
    late = await arrives(post, answer(booked, stamp="20261123T085000Z", **PROVED))
    assert "earlier" in late["reason"]
    assert await noted(clinic) == "accepted"
    await clinic.do(reschedule, booked, starts_at=at(25, 9))
    await post.out()
    assert await noted(clinic) is None
    await arrives(post, answer(booked, "ACCEPTED", stamp="20261123T085900Z", sequence=0, **PROVED))
    assert await noted(clinic) is None
    await arrives(post, answer(booked, "ACCEPTED", stamp="20261123T085900Z", sequence=1, **PROVED))
    assert await noted(clinic) == "accepted"


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({"method": "COUNTER"}, "Wants Massage at another time"),
        (
            {"partstat": "ACCEPTED", "extra": "COMMENT:May I bring\\, say\\, my dog?\r\n"},
            "Read what came with the answer to an invitation (accepted the invitation)",
        ),
    ],
)
async def test_another_time_and_words_beside_an_answer_go_to_a_person(
    post: Post, given: dict[str, Any], title: str
) -> None:
    booked = await invited(post)
    event = await arrives(post, answer(booked, **{**given, **PROVED}))
    assert (event["status"], event["waiting_for"], event["reason"]) == ("waiting", "person", title)
    assert len(await post.clinic.rows("SELECT id FROM task WHERE workspace_id = %(ws)s")) == 1


async def test_an_invitation_to_something_else_is_an_ordinary_mail(post: Post) -> None:
    booked = await invited(post)
    other = booked.model_copy(update={"id": new_id()})
    robot = await arrives(post, answer(other, "ACCEPTED", Auto_Submitted="auto-generated", **PROVED))
    assert (robot["outcome"], "calendar" in robot["reason"]) == ("ignored", False)
    person = await arrives(post, answer(other, "ACCEPTED", **PROVED))
    assert person["outcome"] != "ignored"


async def test_a_booking_made_by_mail_is_confirmed_in_its_thread(post: Post) -> None:
    clinic = post.clinic
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.com>", "hello@clinic.example", "Massage?"
    mail["Message-ID"] = "<first@example.com>"
    mail.set_content("Can I come on Tuesday?")
    event = await arrives(post, mail)
    [conversation] = await clinic.rows("SELECT id, contact_id FROM conversation WHERE workspace_id = %(ws)s")
    assert event["conversation_id"] == conversation["id"]
    await clinic.taken("Massage", at(24, 10), contact_id=conversation["contact_id"], conversation_id=conversation["id"])
    sent = (await post.read("ada@example.com"))[-1]
    assert str(calendar_of(sent)["method"]) == "REQUEST"
    assert "<first@example.com>" in sent["References"].split()
    assert len(await clinic.rows("SELECT id FROM conversation WHERE workspace_id = %(ws)s")) == 1


async def test_an_answer_with_a_zone_before_and_an_alarm_inside_is_read_whole(post: Post) -> None:
    """As Exchange writes it, whatever the order: an alarm's own lines are not the appointment's."""
    booked = await invited(post)
    mail = answer(booked, "ACCEPTED", **PROVED)
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    zone = "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    alarm = "BEGIN:VALARM\r\nUID:alarm\r\nCOMMENT:wake up\r\nEND:VALARM\r\n"
    text = part.get_content().replace("BEGIN:VEVENT\r\n", f"{zone}BEGIN:VEVENT\r\n{alarm}")
    text = text.replace("BEGIN:VEVENT\n", f"{zone}BEGIN:VEVENT\n{alarm}".replace("\r", ""))
    part.set_content(text, subtype="calendar", params={"method": "REPLY"})
    event = await arrives(post, mail)
    assert event["reason"] == "a calendar's answer: accepted the invitation"
    assert await noted(post.clinic) == "accepted"


async def test_who_declines_while_the_booking_is_moved_does_not_wait_in_a_circle(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(booking={"declined": "cancel"})
    booked = await invited(post)
    given = {"uid": uid_of(booked.id), "attendee": None, "method": "REPLY", "partstat": "DECLINED"}
    given |= {"stamp": None, "sequence": 0, "comment": ""}

    async def declines() -> Taken | None:
        async with clinic.db.transaction(clinic.id) as connection:
            return await take_answer(
                connection, clinic.id, given, sender="ada@example.com", proved=True, now=clinic.now
            )

    async with clinic.db.transaction(clinic.id) as connection:
        await lock_people(connection, clinic.id, [booked.staff_id])
        declined = asyncio.create_task(declines())
        await clinic.until_somebody_waits()
        await reschedule(connection, clinic.id, booked.id, starts_at=at(25, 9), by="member:1", now=clinic.now)
    taken = await declined
    assert taken is not None
    assert "an earlier invitation" in taken.reason
    assert (await clinic.booking(booked)).status == "confirmed"
