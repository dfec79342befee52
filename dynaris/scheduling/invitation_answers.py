"""What a client's calendar answers to an invitation: accepted, declined, perhaps, or another time proposed.

An answer counts when it comes from the very address that was invited, for the time that was sent last. What anybody
else sends about a booking changes nothing, and is an ordinary mail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from dynaris.contacts.names import readable_name
from dynaris.conversations.tasks import add_task
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import id_of
from dynaris.notifications.actions import notify
from dynaris.scheduling import actions
from dynaris.scheduling.booking_settings import booking_settings
from dynaris.scheduling.calendar_file import booking_of
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.rules import in_words
from dynaris.scheduling.schemas import Booking

Answer = Literal["accepted", "declined", "tentative"]
_ANSWERS: dict[str, Answer] = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}

_INVITED: LiteralString = """SELECT i.sequence, i.answered_at FROM booking_invitation i
    WHERE i.workspace_id = %(ws)s AND i.booking_id = %(booking)s AND i.audience = 'contact' AND i.invited
      AND lower(i.address) = %(sender)s"""
_NOTE: LiteralString = """UPDATE booking_invitation SET answer = %(answer)s, answered_at = %(stamp)s
    WHERE workspace_id = %(ws)s AND booking_id = %(booking)s AND audience = 'contact'"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer to one of our invitations."""

    reason: str  # in words, for the event
    ask: str | None = None  # for a person: what a machine must not decide, with what they wrote
    detail: str = ""


async def take_answer(
    connection: Connection, workspace_id: UUID, given: dict[str, Any], *, sender: str, proved: bool, now: datetime
) -> Taken | None:
    """`None`: it is no answer to an invitation of ours, or not from whom we invited. To be called in a transaction.

    `proved`: the sender's provider vouched for the address; without that nothing is cancelled.
    """
    booking_id = booking_of(given["uid"])
    if booking_id is None or given["attendee"] not in (None, sender):
        return None
    names = {"ws": workspace_id, "booking": booking_id, "sender": sender.lower()}
    try:
        await actions.lock(connection, workspace_id, booking_id)
    except NotFound:
        return None
    invited = await (await connection.execute(_INVITED, names)).fetchone()
    if invited is None:
        return None
    booking = await get_booking(connection, workspace_id, booking_id)
    if given["method"] == "COUNTER":
        return Taken("proposed another time", *_proposal(booking, given))
    answer = _ANSWERS.get(given["partstat"] or "")
    if answer is None:
        return None
    stamp = datetime.fromisoformat(given["stamp"]) if given["stamp"] else now
    earlier = invited["answered_at"]
    if given["sequence"] < (invited["sequence"] or 0) or (earlier and stamp < earlier):
        return _with_words(given, Taken(f"{answer} an earlier invitation: nothing changes"))
    await connection.execute(_NOTE, {**names, "answer": answer, "stamp": min(stamp, now)})
    if answer == "declined" and booking.status in ("pending", "confirmed"):
        await _declined(connection, workspace_id, booking, proved=proved, now=now)
    return _with_words(given, Taken(f"{answer} the invitation"))


def _with_words(given: dict[str, Any], taken: Taken) -> Taken:
    """Who wrote something with their answer may have asked something."""
    if not given["comment"]:
        return taken
    return Taken(taken.reason, f"Read what came with the answer to an invitation ({taken.reason})", given["comment"])


def _proposal(booking: Booking, given: dict[str, Any]) -> tuple[str, str]:
    wanted = datetime.fromisoformat(given["starts_at"]) if given["starts_at"] else None
    when = f" at {in_words(wanted, booking.timezone)}" if wanted else ""
    said = f"\n{given['comment']}" if given["comment"] else ""
    return f"Wants {booking.service} at another time", (
        f"{booking.service} with {booking.staff}, now {in_words(booking.starts_at, booking.timezone)}: "
        f"the calendar proposes it{when or ' at another time'}.{said}"
    )


async def _declined(
    connection: Connection, workspace_id: UUID, booking: Booking, *, proved: bool, now: datetime
) -> None:
    stands = await _why_it_stands(connection, workspace_id, booking, proved=proved, now=now)
    who = readable_name(booking.contact_name) or "The client"
    when = in_words(booking.starts_at, booking.timezone)
    title = f"{who} declined {booking.service} on {when}"
    if stands:
        await add_task(
            connection,
            workspace_id,
            title=title,
            detail=stands,
            contact_id=booking.contact_id,
            conversation_id=booking.conversation_id,
            due_at=min(booking.starts_at, now + (booking.starts_at - now) / 2),
            created_by="system",
            task_id=id_of(f"declined:{booking.id}:{booking.sequence}", booking.id),
        )
    await notify(
        connection,
        workspace_id,
        topic="changed",
        cause=f"declined:{booking.id}:{booking.sequence}",
        title=title,
        body=stands or "Cancelled, as the booking settings say.",
        subject=f"booking:{booking.id}",
    )


async def _why_it_stands(
    connection: Connection, workspace_id: UUID, booking: Booking, *, proved: bool, now: datetime
) -> str | None:
    """What a person is to do about it; `None`: it is cancelled."""
    settings = await booking_settings(connection, workspace_id)
    if settings.declined != "cancel" or not proved or booking.starts_at <= now:
        return "Cancel it, or ask the client."
    reason, by = "declined in the client's calendar", f"contact:{booking.contact_id}"
    try:
        await actions.cancel(connection, workspace_id, booking.id, reason=reason, by=by, now=now)
    except Conflict as error:
        return error.detail
    return None
