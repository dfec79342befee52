"""Mails about a booking, queued with the change itself: to the client, and to the person whom it is with.

Each has a key of its cause, `booking:<id>:<sequence>:<what>:<whom>`: whatever is done twice is told once.
"""

from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.unlinked import unlinked
from dynaris.outbox.actions import enqueue
from dynaris.scheduling import links
from dynaris.scheduling.calendar_file import Entry, Method, Who, calendar_text
from dynaris.scheduling.due import plan
from dynaris.scheduling.invitation_words import ENDED, News, language_of, letter, subject_of, when_in_words
from dynaris.scheduling.invited import Facts, Way, facts_of, keep, way_of, why_not
from dynaris.scheduling.schemas import Booking

_NEWS: dict[str, News] = {
    "pending": "pending",
    "confirmed": "confirmed",
    "rescheduled": "rescheduled",
    "cancelled": "cancelled",
    "lapsed": "lapsed",
}

_THREAD: LiteralString = """SELECT external_id FROM message WHERE workspace_id = %s AND conversation_id = %s
    AND external_id IS NOT NULL ORDER BY id DESC LIMIT 20"""
_OPEN: LiteralString = """INSERT INTO conversation
        (workspace_id, id, contact_id, channel, account_id, reply_to, subject, identity, proved, language)
    VALUES (%(ws)s, %(conversation)s, %(contact)s, %(channel)s, %(account)s, %(address)s, %(subject)s,
        %(identity)s, %(proved)s, %(language)s)"""
_SAY: LiteralString = """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, subject,
        text, delivery, data)
    VALUES (%(ws)s, %(id)s, %(conversation)s, %(contact)s, 'outbound', 'system', %(subject)s, %(text)s, 'queued',
        %(data)s)"""
_NOTE: LiteralString = """INSERT INTO booking_change
        (workspace_id, id, booking_id, contact_id, conversation_id, what, text, changed_by)
    VALUES (%s, %s, %s, %s, %s, 'not_told', %s, 'system')"""


async def tell(connection: Connection, workspace_id: UUID, booking_id: UUID, what: str, *, by: str) -> None:
    """In the transaction of the change: the mails that it causes are queued, or why they are not is written down."""
    news = _NEWS.get(what)
    if news is None:
        return
    facts = await facts_of(connection, workspace_id, booking_id)
    if news == "rescheduled" and facts.booking.status == "held":
        return
    await plan(connection, workspace_id, facts, now=clock.now())
    await tell_client(connection, workspace_id, facts, news, by=by)
    await tell_person(connection, workspace_id, facts, news)


async def tell_client(
    connection: Connection, workspace_id: UUID, facts: Facts, news: News, *, by: str, again: str = ""
) -> str | None:
    """Why it was not sent; `None` when it was queued, now or before. `again` names a cause of its own."""
    booking, way = facts.booking, way_of(facts)
    reason = (
        way
        if isinstance(way, str)
        else await why_not(connection, workspace_id, facts, way, by=by, unasked=news == "reminder")
    )
    if reason or isinstance(way, str):
        await keep(
            connection,
            workspace_id,
            booking.id,
            "contact",
            typed=bool(facts.row["typed"]),
            invited=bool(facts.row["invited"]),
            not_sent=reason,
        )
        # Not again for each change, nor where mail is not set up at all: the booking's own page says it there.
        if reason != facts.row["kept_reason"] and facts.row["account_id"]:
            text = f"No mail about this booking was sent: {reason}"
            names = (workspace_id, new_id(), booking.id, booking.contact_id, booking.conversation_id, text)
            await connection.execute(_NOTE, names)
        return reason
    method = _method(facts, news, was_invited=bool(facts.row["invited"]))
    content = _client_content(facts, way, news, method)
    conversation_id = await _send(connection, workspace_id, facts, way, content, key=f"{news}{again}")
    await keep(
        connection,
        workspace_id,
        booking.id,
        "contact",
        address=way.address,
        typed=way.typed,
        language=facts.language,
        account_id=facts.row["account_id"],
        conversation_id=conversation_id,
        invited=_is_invited(method, before=bool(facts.row["invited"])),
        sequence=_sequence(booking),
    )
    return None


def _method(facts: Facts, news: News, *, was_invited: bool) -> Method | None:
    """What a calendar is to do; nothing is asked of it before the business has said yes."""
    if news == "reminder":
        return None
    if news in ENDED:
        return "CANCEL" if was_invited else None
    return "REQUEST" if facts.booking.status == "confirmed" or was_invited else None


def _is_invited(method: Method | None, *, before: bool) -> bool:
    return before if method is None else method == "REQUEST"


def _sequence(booking: Booking) -> int:
    """A cancellation is the last change, and one of its own: bookings count only moves."""
    return booking.sequence + (booking.status == "cancelled")


def entry_of(facts: Facts) -> Entry:
    """Without its two ends."""
    booking, row = facts.booking, facts.row
    states: dict[str, Any] = {"cancelled": "CANCELLED", "pending": "TENTATIVE"}
    return Entry(
        booking_id=booking.id,
        sequence=_sequence(booking),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        changed_at=clock.now(),
        summary=f"{booking.service} · {row['business']}",
        location=row["place"] or "",
        status=states.get(booking.status, "CONFIRMED"),
    )


def _client_content(facts: Facts, way: Way, news: News, method: Method | None) -> dict[str, Any]:
    """Nothing that a stranger typed goes to an address that nobody proved: no name, no note."""
    booking, row, language = facts.booking, facts.row, facts.language
    name = None if way.typed else row["contact_name"]
    when = when_in_words(booking.starts_at, booking.timezone, language)
    link = links.address_of(row["slug"], row["workspace_id"], booking.id)
    text = letter(
        news,
        language=language,
        name=name,
        service=booking.service,
        staff=booking.staff,
        when=when,
        timezone=booking.timezone,
        business=row["business"],
        place=row["place"] or "",
        link=link,
    )
    content: dict[str, Any] = {
        "subject": subject_of(news, service=booking.service, when=when, language=language),
        "text": text,
        "from_name": row["agent_name"],
    }
    if method:
        entry = replace(
            entry_of(facts),
            description=text,
            url=link,
            organizer=Who(row["account_address"], row["business"]),
            attendee=Who(way.address, name or ""),
        )
        content["calendar"] = {"method": method, "text": calendar_text(entry, method)}
    return content


async def _send(
    connection: Connection, workspace_id: UUID, facts: Facts, way: Way, content: dict[str, Any], *, key: str
) -> UUID | None:
    """The conversation that it is in."""
    booking, row = facts.booking, facts.row
    dedupe = f"booking:{booking.id}:{_sequence(booking)}:{key}:contact"
    if await _was_sent(connection, workspace_id, dedupe):
        return way.conversation_id
    names = {
        "ws": workspace_id,
        "id": new_id(),
        "conversation": way.conversation_id or new_id(),
        "contact": booking.contact_id,
        "channel": row["account_channel"],
        "account": row["account_id"],
        "address": way.address,
        "subject": content["subject"],
        "text": content["text"],
        "identity": "claimed" if way.typed else "verified",
        "proved": [] if way.typed else [f"email:{way.address}"],
        "language": facts.language,
        "data": Jsonb({"booking_id": str(booking.id)}),
    }
    if way.conversation_id is None:
        await connection.execute(_OPEN, names)
    else:
        cursor = await connection.execute(_THREAD, (workspace_id, way.conversation_id))
        content["references"] = [found["external_id"] for found in await cursor.fetchall()][::-1]
    await connection.execute(_SAY, names)
    await enqueue(
        connection,
        workspace_id,
        audience="contact",
        channel=row["account_channel"],
        account_id=row["account_id"],
        recipient=way.address,
        content=content,
        dedupe_key=dedupe,
        contact_id=booking.contact_id,
        conversation_id=names["conversation"],
        message_id=names["id"],
    )
    return names["conversation"]


async def _was_sent(connection: Connection, workspace_id: UUID, dedupe: str) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM outbox WHERE workspace_id = %s AND dedupe_key = %s", (workspace_id, dedupe)
    )
    return await cursor.fetchone() is not None


async def tell_person(connection: Connection, workspace_id: UUID, facts: Facts, news: News, *, again: str = "") -> None:
    """Who was replaced is told that it is cancelled, and who comes instead that it is theirs. Of a contact who is
    erased nothing is said, and the mail is not the contact's: it leaves all the same."""
    row, booking = facts.row, facts.booking
    address, told = (row["person_email"] or "").strip().lower(), row["told_person"]
    if row["account_id"] is None:
        return
    if told and told != address and row["person_invited"]:
        await _mail_person(connection, workspace_id, facts, "cancelled", to=told, method="CANCEL")
        await keep(connection, workspace_id, booking.id, "person", invited=False)
    usable = address and address != row["account_address"].lower()
    invited = bool(row["person_invited"] and told == address)
    if not usable or (news in ENDED and not told):
        return
    method = _method(facts, news, was_invited=invited)
    await _mail_person(connection, workspace_id, facts, news, to=address, method=method, again=again)
    await keep(
        connection,
        workspace_id,
        booking.id,
        "person",
        address=address,
        account_id=row["account_id"],
        invited=_is_invited(method, before=invited),
        sequence=_sequence(booking),
    )


async def _mail_person(
    connection: Connection,
    workspace_id: UUID,
    facts: Facts,
    news: News,
    *,
    to: str,
    method: Method | None,
    again: str = "",
) -> None:
    booking, row = facts.booking, facts.row
    language = language_of(row["language"])
    when = when_in_words(booking.starts_at, booking.timezone, language)
    known = row["contact_status"] is not None
    who = unlinked(row["contact_name"] or "?") if known else ""
    note = unlinked(booking.note) if known else ""
    about = f"{booking.service}, {who}" if who else booking.service
    subject = subject_of(news, service=about, when=when, language=language)
    text = "\n".join(part for part in (subject, f"({booking.timezone})", note) if part)
    content: dict[str, Any] = {"subject": subject, "text": text}
    if method:
        entry = replace(
            entry_of(facts),
            summary=f"{booking.service}: {who}" if who else booking.service,
            description=note,
            organizer=Who(row["account_address"], row["business"]),
            attendee=Who(to, booking.staff),
        )
        if method == "CANCEL":
            entry = replace(entry, status="CANCELLED")
        content["calendar"] = {"method": method, "text": calendar_text(entry, method)}
    await enqueue(
        connection,
        workspace_id,
        audience="member",
        channel=row["account_channel"],
        account_id=row["account_id"],
        recipient=to,
        content=content,
        dedupe_key=f"booking:{booking.id}:{_sequence(booking)}:{news}{again}:{to}",
        contact_id=booking.contact_id if known else None,
    )
