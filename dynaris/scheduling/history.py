"""What became of a booking: written to the contact's timeline and the audit log, and told to whom it concerns."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.scheduling.notices import What, booking_changed
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.schemas import Booking
from dynaris.workspaces.actions import record
from dynaris.workspaces.opening_hours import zone

_WORDS: dict[What, str] = {
    "pending": "Asked for",
    "confirmed": "Booked",
    "rescheduled": "Moved to",
    "cancelled": "Cancelled",
    "lapsed": "Not confirmed in time",
    "completed": "Took place",
    "no_show": "Did not come to",
}  # the rest is no news to anybody who reads a timeline


async def told(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    what: What,
    *,
    by: str,
    detail: dict[str, Any] | None = None,
) -> Booking:
    """The booking as it is now."""
    booking = await get_booking(connection, workspace_id, booking_id)
    if what in _WORDS:
        await _put_on_timeline(connection, workspace_id, booking, what=what, by=by, detail=detail or {})
    about = {"service": booking.service_id, "staff": booking.staff_id, "starts_at": booking.starts_at, **(detail or {})}
    await record(
        connection, workspace_id, actor=by, action=f"booking.{what}", subject=f"booking:{booking_id}", detail=about
    )
    await booking_changed(connection, workspace_id, booking_id, what, by=by)
    return booking


async def _put_on_timeline(
    connection: Connection, workspace_id: UUID, booking: Booking, *, what: What, by: str, detail: dict[str, Any]
) -> None:
    local = booking.starts_at.astimezone(zone(booking.timezone))
    when = f"{local:%A}, {local.day} {local:%B %Y, %H:%M} ({booking.timezone})"
    text = f"{_WORDS[what]}: {booking.service} with {booking.staff}, {when}"
    if booking.reason and what == "cancelled":
        text += f". {booking.reason}"
    data = {"booking_id": booking.id, "starts_at": booking.starts_at, "ends_at": booking.ends_at, **detail}
    await connection.execute(
        """INSERT INTO booking_change
               (workspace_id, id, booking_id, contact_id, conversation_id, what, text, data, changed_by)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            workspace_id,
            new_id(),
            booking.id,
            booking.contact_id,
            booking.conversation_id,
            what,
            text,
            Jsonb(data),
            by,
        ),
    )
