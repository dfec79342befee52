"""What visitors of the booking page do: keep a time, say who they are, move and cancel.

What they type about themselves is a claim, as in a form: the booking goes to the contact of that address.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dynaris.channels.contract import AddressKind, Identity, Sender
from dynaris.contacts.addresses import normalise
from dynaris.contacts.matching import resolve
from dynaris.contacts.suppression import AddressHash
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_token
from dynaris.notifications.actions import notify
from dynaris.scheduling import actions
from dynaris.scheduling.booking_settings import BookingSettings
from dynaris.scheduling.holds import oldest_give_way
from dynaris.scheduling.invited import keep
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.rules import in_words, lock_people
from dynaris.scheduling.schemas import Booking
from dynaris.workspaces.country import country_at

VISITOR = "visitor"  # the actor of a hold whose visitor has not said who they are
MOST_HELD = (
    50  # by visitors of one page at a time: nobody keeps a whole calendar from others, from however many networks
)
MOST_AHEAD = 5  # bookings to come that one contact makes on the page
_VISIT = re.compile(r"[A-Za-z0-9_-]{16,64}")
_STANDS = ("pending", "confirmed", "completed", "no_show")


class EnoughBookings(Conflict):
    """One contact has as many as it can make by itself."""


@dataclass(frozen=True, slots=True)
class Details:
    """What somebody typed about themselves."""

    name: str
    email: str
    phone: str = ""
    note: str = ""
    language: str = "en"


def new_visit() -> str:
    """Names one visit: the same time chosen twice in it, by a double click, is one hold."""
    return new_token()


async def hold_time(
    connection: Connection,
    workspace_id: UUID,
    *,
    service_id: UUID,
    staff_id: UUID | None,
    starts_at: datetime,
    visit: str,
    now: datetime,
) -> Booking:
    """A time that was given back in between is kept anew; the oldest of many holds is over before its time, and can be
    booked as any that is over. Raises as `actions.hold` does.
    """
    if not _VISIT.fullmatch(visit):
        visit = new_visit()
    what = f"{service_id.hex}:{staff_id.hex if staff_id else 'any'}:{starts_at.timestamp():.0f}"
    key = f"page:{visit}:{what}"
    if found := await _kept_before(connection, workspace_id, key):
        if found.status in _STANDS or (found.status == "held" and found.held_until and found.held_until > now):
            return found
        key = f"page:{new_visit()}:{what}"
    held = await actions.hold(
        connection,
        workspace_id,
        service_id=service_id,
        staff_id=staff_id,
        starts_at=starts_at,
        contact_id=UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4),
        key=key,
        by=VISITOR,
        now=now,
        unnamed=True,
    )
    await oldest_give_way(connection, workspace_id, created_by=VISITOR, most=MOST_HELD, now=now)
    return held


async def _kept_before(connection: Connection, workspace_id: UUID, key: str) -> Booking | None:
    cursor = await connection.execute(
        "SELECT id FROM booking WHERE workspace_id = %s AND key = %s", (workspace_id, key)
    )
    row = await cursor.fetchone()
    return await get_booking(connection, workspace_id, row["id"]) if row else None


async def book_held(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    details: Details,
    *,
    hashed: AddressHash,
    now: datetime,
) -> Booking:
    """The hold becomes a booking of whoever the details name; sent twice it is one. To be called in a transaction.

    Raises `InvalidInput` for what is no address, `EnoughBookings`, and as `actions.confirm`.
    """
    booking = await get_booking(connection, workspace_id, booking_id)
    if booking.status in _STANDS:
        return booking
    if booking.created_by != VISITOR:
        raise NotFound("this is no hold of the booking page")
    address = normalise(AddressKind.EMAIL, details.email)
    phone, note = await _phone(connection, workspace_id, details)
    sender = Sender(
        kind=AddressKind.EMAIL,
        value=address,
        name=details.name,
        identity=Identity.CLAIMED,
        reason="typed on the booking page",
        claims=((AddressKind.PHONE, phone),) if phone else (),
    )
    match = await resolve(connection, workspace_id, sender, hashed=hashed)
    await lock_people(connection, workspace_id, [booking.staff_id])
    cursor = await connection.execute(
        """UPDATE booking SET contact_id = %s, note = %s WHERE workspace_id = %s AND id = %s
             AND status IN ('held', 'expired') RETURNING id""",
        (match.contact_id, note, workspace_id, booking_id),
    )
    if await cursor.fetchone() is None:  # sent twice at the same moment: the other one was first
        return await actions.confirm(connection, workspace_id, booking_id, by=f"contact:{match.contact_id}", now=now)
    await _few(connection, workspace_id, match.contact_id, now)
    await keep(connection, workspace_id, booking_id, "contact", address=address, typed=True, language=details.language)
    booked = await actions.confirm(connection, workspace_id, booking_id, by=f"contact:{match.contact_id}", now=now)
    await _tell_team(connection, workspace_id, booked, details)
    return booked


async def _phone(connection: Connection, workspace_id: UUID, details: Details) -> tuple[str | None, str]:
    """A number that cannot be read as one stays in the note: somebody may know what was meant."""
    if not details.phone:
        return None, details.note
    try:
        return normalise(AddressKind.PHONE, details.phone, await country_at(connection, workspace_id)), details.note
    except InvalidInput:
        return None, f"{details.note}\n{details.phone}".strip()


async def _few(connection: Connection, workspace_id: UUID, contact_id: UUID, now: datetime) -> None:
    cursor = await connection.execute(
        """SELECT count(*) AS n FROM booking WHERE workspace_id = %s AND contact_id = %s AND starts_at > %s
             AND status IN ('pending', 'confirmed') AND created_by = %s""",
        (workspace_id, contact_id, now, VISITOR),
    )
    row = await cursor.fetchone()
    if row and row["n"] >= MOST_AHEAD:
        raise EnoughBookings(f"{MOST_AHEAD} bookings to come were made from here by one contact")


async def _tell_team(connection: Connection, workspace_id: UUID, booking: Booking, details: Details) -> None:
    asks = booking.status == "pending"
    when = in_words(booking.starts_at, booking.timezone)
    did = "asks for" if asks else "booked"
    body = [
        f"{booking.service} with {booking.staff}, {when}.",
        f"{details.name}, {details.email} {details.phone}".strip(),
    ]
    if booking.note:
        body.append(booking.note)
    if asks:
        body.append("It waits for a yes.")
    await notify(
        connection,
        workspace_id,
        topic="booked",
        cause=f"booked:{booking.id}",
        title=f"{details.name[:100]} {did} {booking.service}, {when}",
        body="\n".join(body),
        subject=f"booking:{booking.id}",
    )


async def tell_team_of_change(connection: Connection, workspace_id: UUID, booking: Booking) -> None:
    """The client moved or cancelled it; `booking` is as it is now."""
    ended = booking.status == "cancelled"
    who = (booking.contact_name or "A client")[:100]
    when = in_words(booking.starts_at, booking.timezone)
    did = f"cancelled {booking.service} on {when}" if ended else f"moved {booking.service} to {when}"
    waits = " It waits for a yes." if booking.status == "pending" else ""
    await notify(
        connection,
        workspace_id,
        topic="changed",
        cause=f"changed:{booking.id}:{booking.sequence}:{booking.status}",
        title=f"{who} {did}",
        body=f"With {booking.staff}.{waits}",
        subject=f"booking:{booking.id}",
    )


def may_change(booking: Booking, settings: BookingSettings, now: datetime) -> bool:
    """Whether whoever has its private address may still move or cancel it."""
    notice = timedelta(minutes=settings.cancel_notice_minutes)
    return booking.status in ("pending", "confirmed") and now + notice <= booking.starts_at and booking.starts_at > now


def require_change(booking: Booking, settings: BookingSettings, now: datetime) -> None:
    if not may_change(booking, settings, now):
        raise Conflict("it is too late to change this booking here")
