"""A booking's mails, as they arrive: invitation, update, cancellation; who gets them, and who does not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.pipeline.services import Services
from dynaris.privacy import erasure
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling.actions import cancel, confirm, reschedule
from dynaris.scheduling.invitations import tell
from tests.scheduling.conftest import Clinic, at
from tests.scheduling.mailed import Post, calendar_of, event_of, posted


@pytest.fixture
async def post(clinic: Clinic, services: Services, sandbox: RunningSandbox) -> AsyncIterator[Post]:
    async with posted(clinic, services, sandbox) as post:
        yield post


async def client(clinic: Clinic, address: str = "ada@example.com", *, proved: bool = True, holds: bool = True):
    contact_id = await clinic.contact("Ada Lovelace")
    await clinic.rows(
        """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds, verified_at, verified_by)
           VALUES (%(ws)s, %(id)s, %(contact)s, 'email', %(value)s, %(value)s, %(holds)s,
                   CASE WHEN %(proved)s THEN now() END, CASE WHEN %(proved)s THEN 'code' END)""",
        id=new_id(),
        contact=contact_id,
        value=address,
        proved=proved,
        holds=holds,
    )
    return contact_id


async def test_a_booking_arrives_as_an_invitation_moves_as_its_update_and_ends_as_its_cancellation(post: Post) -> None:
    clinic = post.clinic
    await clinic.set(profile={"postal_address": "Gartenweg 1\n10115 Köln"})
    booked = await clinic.taken("Massage", at(24, 10), staff="Anna", contact_id=await client(clinic))
    [mail] = await post.read("ada@example.com")
    assert str(calendar_of(mail)["method"]) == "REQUEST"
    first = event_of(mail)
    assert (first["dtstart"].dt, first["dtend"].dt) == (at(24, 10), at(24, 11))
    assert (first["sequence"], str(first["status"])) == (0, "CONFIRMED")
    assert (
        str(first["organizer"]) == f"mailto:{post.account.address}" == f"mailto:{mail['From'].addresses[0].addr_spec}"
    )
    assert str(first["attendee"]) == "mailto:ada@example.com"
    assert (first["attendee"].params["PARTSTAT"], first["attendee"].params["RSVP"]) == ("NEEDS-ACTION", "TRUE")
    assert str(first["location"]) == "Gartenweg 1\n10115 Köln"
    text = mail.get_body(("plain",)).get_content()
    assert "Hello Ada Lovelace," in text
    assert "Tuesday, 24 November 2026, 10:00 (Europe/Berlin)" in text
    assert mail["Subject"] == "Booked: Massage, Tuesday, 24 November 2026, 10:00"

    await clinic.do(reschedule, booked, starts_at=at(25, 14))
    [_, moved] = await post.read("ada@example.com")
    second = event_of(moved)
    assert (str(second["uid"]), second["sequence"]) == (str(first["uid"]), 1)
    assert second["dtstart"].dt == at(25, 14)
    assert moved["References"] == mail["Message-ID"]

    await clinic.do(cancel, booked)
    [*_, ended] = await post.read("ada@example.com")
    assert str(calendar_of(ended)["method"]) == "CANCEL"
    third = event_of(ended)
    assert (str(third["uid"]), third["sequence"], str(third["status"])) == (str(first["uid"]), 2, "CANCELLED")
    messages = await clinic.rows("SELECT DISTINCT conversation_id, delivery FROM message WHERE workspace_id = %(ws)s")
    assert [row["delivery"] for row in messages] == ["sent"]


async def test_what_is_done_twice_is_told_once(post: Post) -> None:
    clinic = post.clinic
    booked = await clinic.taken("Massage", at(24, 10), contact_id=await client(clinic))
    await clinic.do(confirm, booked)
    async with clinic.db.transaction(clinic.id) as connection:
        await tell(connection, clinic.id, booked.id, "confirmed", by="system")
    assert len(await post.read("ada@example.com")) == 1
    assert len(await post.read("ada@example.com")) == 1


async def test_a_booking_that_is_rolled_back_invites_nobody_and_one_that_stands_does_after_a_crash(post: Post) -> None:
    clinic = post.clinic
    contact_id = await client(clinic)
    held = await clinic.held("Massage", at(24, 10), contact_id=contact_id)
    async with clinic.db.transaction(clinic.id) as connection, connection.transaction() as dies:
        await confirm(connection, clinic.id, held.id, by="system", now=clinic.now)
        raise psycopg.Rollback(dies)
    assert await post.read("ada@example.com") == []
    await clinic.do(confirm, held)  # and dies after it: the row waits for whoever delivers next
    [row] = await clinic.rows("SELECT status, dedupe_key FROM outbox WHERE workspace_id = %(ws)s")
    assert (row["status"], row["dedupe_key"]) == ("queued", f"booking:{held.id}:0:confirmed:contact")
    assert len(await post.read("ada@example.com")) == 1


async def test_who_expected_a_contact_that_is_erased_hears_that_nobody_comes_and_not_who(post: Post) -> None:
    clinic = post.clinic
    clinic.now = clock.now()
    await clinic.rows(
        "UPDATE calendar_person SET email = 'anna@clinic.example' WHERE workspace_id = %(ws)s AND name = 'Anna'"
    )
    ada, coming = await client(clinic), clock.now() + timedelta(days=2)
    booked = await clinic.taken("Massage", coming, staff="Anna", contact_id=ada, note="Ada's knee", overrule=True)
    held = await clinic.held("Massage", coming, staff="Tom", contact_id=ada, overrule=True)
    [invited] = await post.read("anna@clinic.example")
    assert "Ada Lovelace" in str(event_of(invited)["summary"])
    request, _ = await erasure.request(post.services, clinic.id, ada, reason="requested", by="member:1")
    while not await erasure.erase(post.services, clinic.id, request["id"]):
        pass
    [_, off] = await post.read("anna@clinic.example")
    assert (str(calendar_of(off)["method"]), event_of(off)["uid"]) == ("CANCEL", event_of(invited)["uid"])
    assert str(event_of(off)["summary"]) == "Massage"
    whole = off.as_string() + off.get_body(("plain",)).get_content() + calendar_of(off).to_ical().decode()
    assert not {word for word in ("Ada", "Lovelace", "knee") if word in whole}
    assert len(await post.read("ada@example.com")) == 1, "who is gone is told nothing any more"
    assert [(await clinic.booking(one)).status for one in (booked, held)] == ["cancelled", "cancelled"]


async def test_who_only_gave_an_address_gets_the_booking_and_nothing_that_was_typed(post: Post) -> None:
    clinic = post.clinic
    contact_id = await client(clinic, "victim@example.com", proved=False, holds=False)
    await clinic.taken("Massage", at(24, 10), contact_id=contact_id, note="Buy pills at http://evil.example")
    [mail] = await post.read("victim@example.com")
    whole = mail.as_string() + mail.get_body(("plain",)).get_content() + calendar_of(mail).to_ical().decode()
    assert "evil" not in whole
    assert "Lovelace" not in whole


async def test_an_address_that_nobody_proved_gets_ten_mails_a_day_whatever_its_plus_tag(post: Post) -> None:
    clinic = post.clinic
    for each in range(12):
        contact_id = await client(clinic, f"victim+{each}@example.com", proved=False, holds=False)
        await clinic.taken("Massage", at(24, 8 + each % 6), contact_id=contact_id, staff=("Anna", "Tom")[each // 6])
    assert (await post.out()).count("sent") == 10
    reasons = await clinic.rows(
        "SELECT not_sent FROM booking_invitation WHERE workspace_id = %(ws)s AND sequence IS NULL"
    )
    assert {row["not_sent"] for row in reasons} == {"too many mails about bookings to addresses that nobody proved"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE contact SET status = 'do_not_contact'", "the contact is marked do-not-contact"),
        ("UPDATE contact SET blocked_channels = '{email}'", "the contact asked for no messages by email"),
        ("DELETE FROM address", "no e-mail address of the contact is known"),
        ("UPDATE workspace SET booking = '{\"invitations\": false}'", "mails about bookings are switched off"),
    ],
)
async def test_why_no_mail_left_is_said_on_the_timeline(post: Post, change: str, reason: str) -> None:
    clinic = post.clinic
    contact_id = await client(clinic)
    where = "id" if "UPDATE workspace" in change else "workspace_id"
    await clinic.rows(f"{change} WHERE {where} = %(ws)s")
    await clinic.taken("Massage", at(24, 10), contact_id=contact_id)
    assert await post.read("ada@example.com") == []
    said = await clinic.rows("SELECT text FROM booking_change WHERE workspace_id = %(ws)s AND what = 'not_told'")
    assert [row["text"] for row in said] == [f"No mail about this booking was sent: {reason}"]


async def test_in_manual_mode_what_a_client_did_is_told_by_a_person_and_what_a_person_did_by_itself(post: Post) -> None:
    clinic = post.clinic
    contact_id = await client(clinic)
    await clinic.set(auto_mode={"enabled": False, "channels": {}, "effects": {}})
    await clinic.taken("Massage", at(24, 10), contact_id=contact_id, by=f"contact:{contact_id}")
    assert await post.read("ada@example.com") == []
    await clinic.taken("Massage", at(24, 13), contact_id=contact_id, by=f"member:{new_id()}")
    assert len(await post.read("ada@example.com")) == 1


async def test_an_update_comes_from_where_the_invitation_came_from_whatever_was_not_sent_in_between(post: Post) -> None:
    clinic = post.clinic
    contact_id = await client(clinic)
    booked = await clinic.taken("Massage", at(24, 10), contact_id=contact_id)
    await clinic.rows(
        """INSERT INTO account (workspace_id, id, channel, address, settings, proofs)
           SELECT workspace_id, %(id)s, channel, 'better@clinic.example', settings, proofs
           FROM account WHERE workspace_id = %(ws)s""",
        id=UUID(int=post.account.id.int - 1),
    )
    await clinic.set(auto_mode={"enabled": False, "channels": {}, "effects": {}})
    await clinic.do(reschedule, booked, starts_at=at(25, 10), by=f"contact:{contact_id}")
    await clinic.do(reschedule, booked, starts_at=at(26, 10), by=f"member:{new_id()}")
    [first, update] = await post.read("ada@example.com")
    assert event_of(update)["organizer"] == event_of(first)["organizer"] == f"mailto:{post.account.address}"


async def test_who_was_replaced_hears_it_once_whatever_becomes_of_the_booking(post: Post) -> None:
    clinic = post.clinic
    eva = await clinic.person("Eva", email="eva@example.org")
    await clinic.service("Yoga", 45)
    booked = await clinic.taken("Yoga", at(24, 10), staff="Eva", contact_id=await client(clinic))
    await clinic.do(reschedule, booked, starts_at=at(24, 11), staff_id=clinic.people["Anna"])
    await clinic.do(reschedule, booked, starts_at=at(24, 12))
    mails = await post.read("eva@example.org")
    assert [str(calendar_of(mail)["method"]) for mail in mails] == ["REQUEST", "CANCEL"]
    await clinic.do(reschedule, booked, starts_at=at(24, 13), staff_id=eva)
    await clinic.do(cancel, booked)
    mails = await post.read("eva@example.org")
    assert [str(calendar_of(mail)["method"]) for mail in mails[2:]] == ["REQUEST", "CANCEL"]


async def test_the_person_is_invited_and_who_takes_over_is_too(post: Post) -> None:
    clinic = post.clinic
    await clinic.person("Eva", email="eva@example.org")
    await clinic.person("Max", email="max@example.org")
    await clinic.service("Yoga", 45)
    booked = await clinic.taken(
        "Yoga", at(24, 10), staff="Eva", contact_id=await client(clinic), note="Knee, left;\nnot right"
    )
    [invited] = await post.read("eva@example.org")
    assert str(event_of(invited)["summary"]) == "Yoga: Ada Lovelace"
    assert str(event_of(invited)["description"]) == "Knee, left;\nnot right"
    await clinic.do(reschedule, booked, starts_at=at(24, 11), staff_id=clinic.people["Max"])
    assert str(calendar_of((await post.read("eva@example.org"))[-1])["method"]) == "CANCEL"
    [takes_over] = post.mails("max@example.org")
    assert (str(calendar_of(takes_over)["method"]), event_of(takes_over)["sequence"]) == ("REQUEST", 1)


async def test_what_a_client_typed_is_no_link_in_the_persons_mail(post: Post) -> None:
    clinic = post.clinic
    await clinic.person("Eva", email="eva@example.org")
    await clinic.service("Yoga", 45)
    note = "X-ray: https://evil.example/login"
    await clinic.taken("Yoga", at(24, 10), staff="Eva", contact_id=await client(clinic), note=note)
    [invited] = await post.read("eva@example.org")
    assert str(event_of(invited)["description"]) == "X-ray: https[:]//evil[.]example/login"
    assert "evil.example" not in invited.as_string()


async def test_what_waits_for_a_yes_is_no_invitation_yet(post: Post) -> None:
    clinic = post.clinic
    await clinic.service("Surgery", 60, needs_confirmation=True)
    asked = await clinic.taken("Surgery", at(24, 10), contact_id=await client(clinic))
    [mail] = await post.read("ada@example.com")
    assert mail.get_content_type() == "text/plain"
    assert "will confirm" in mail.get_content()
    await clinic.do(confirm, asked, accept=True, by=f"member:{new_id()}")
    [_, yes] = await post.read("ada@example.com")
    assert str(calendar_of(yes)["method"]) == "REQUEST"
    assert asked.starts_at - clinic.now > timedelta()
