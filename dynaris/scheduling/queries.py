"""Reads of scheduling: services, people with a calendar, bookings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.http import Position
from dynaris.scheduling.schemas import Booking, BookingChange, CalendarPerson, Service, Status

_SERVICES: LiteralString = """SELECT s.id, s.name, s.description, s.duration_minutes, s.buffer_before, s.buffer_after,
           s.price, s.currency, s.minimum_notice_minutes, s.maximum_advance_days, s.step_minutes,
           s.needs_confirmation, s.enabled, s.position, s.created_at,
           ARRAY(SELECT g.staff_id FROM service_person g
                 WHERE g.workspace_id = s.workspace_id AND g.service_id = s.id ORDER BY g.staff_id) AS staff_ids
    FROM service s WHERE s.workspace_id = %(ws)s"""

_PEOPLE: LiteralString = """SELECT p.id, p.name, p.email, p.member_id, p.timezone, p.hours, p.exceptions, p.enabled,
           p.position, p.created_at,
           ARRAY(SELECT g.service_id FROM service_person g
                 WHERE g.workspace_id = p.workspace_id AND g.staff_id = p.id ORDER BY g.service_id) AS service_ids
    FROM calendar_person p WHERE p.workspace_id = %(ws)s"""

_BOOKINGS: LiteralString = """SELECT b.id, b.status, b.service_id, s.name AS service, b.staff_id, p.name AS staff,
           b.contact_id, (SELECT c.name FROM contact c WHERE c.workspace_id = b.workspace_id AND c.id = b.contact_id)
           AS contact_name, b.conversation_id, b.starts_at, b.ends_at, b.timezone, b.held_until, b.sequence, b.price,
           b.currency, b.note, b.reason, b.created_by, b.created_at, b.updated_at
    FROM booking b JOIN service s ON s.workspace_id = b.workspace_id AND s.id = b.service_id
    JOIN calendar_person p ON p.workspace_id = b.workspace_id AND p.id = b.staff_id
    WHERE b.workspace_id = %(ws)s"""

_FILTERS: dict[str, LiteralString] = {
    "service_id": " AND b.service_id = %(service_id)s",
    "staff_id": " AND b.staff_id = %(staff_id)s",
    "contact_id": " AND b.contact_id = %(contact_id)s",
    "status": " AND b.status = ANY(%(status)s)",
    "since": " AND b.starts_at >= %(since)s",
    "until": " AND b.starts_at < %(until)s",
    "after": " AND (b.starts_at, b.id) > (%(after_at)s, %(after)s)",
    "earlier": " AND (b.starts_at, b.id) < (%(after_at)s, %(after)s)",
}


async def services(connection: Connection, workspace_id: UUID, *, enabled_only: bool = True) -> list[Service]:
    """All of them, in the business's own order."""
    wanted: LiteralString = " AND s.enabled" if enabled_only else ""
    cursor = await connection.execute(_SERVICES + wanted + " ORDER BY s.position, s.id", {"ws": workspace_id})
    return [Service(**row) for row in await cursor.fetchall()]


async def get_service(connection: Connection, workspace_id: UUID, service_id: UUID) -> Service:
    cursor = await connection.execute(_SERVICES + " AND s.id = %(id)s", {"ws": workspace_id, "id": service_id})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no service {service_id}")
    return Service(**row)


async def people(connection: Connection, workspace_id: UUID, *, enabled_only: bool = True) -> list[CalendarPerson]:
    wanted: LiteralString = " AND p.enabled" if enabled_only else ""
    cursor = await connection.execute(_PEOPLE + wanted + " ORDER BY p.position, p.id", {"ws": workspace_id})
    return [CalendarPerson(**row) for row in await cursor.fetchall()]


async def get_person(connection: Connection, workspace_id: UUID, staff_id: UUID) -> CalendarPerson:
    cursor = await connection.execute(_PEOPLE + " AND p.id = %(id)s", {"ws": workspace_id, "id": staff_id})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"nobody {staff_id} has a calendar")
    return CalendarPerson(**row)


async def get_booking(connection: Connection, workspace_id: UUID, booking_id: UUID) -> Booking:
    cursor = await connection.execute(_BOOKINGS + " AND b.id = %(id)s", {"ws": workspace_id, "id": booking_id})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no booking {booking_id}")
    return Booking(**row)


async def bookings_of(
    connection: Connection, workspace_id: UUID, contact_id: UUID, *, upcoming: bool = True, now: datetime
) -> list[Booking]:
    """A contact's appointments by time, with those that wait for a yes and holds that still run. Past ones too, and
    cancelled ones, unless only the `upcoming` are asked for; at most 200, the latest.
    """
    wanted: LiteralString = """ AND b.contact_id = %(contact)s AND b.status <> 'expired'
        AND (b.status <> 'held' OR b.held_until > %(now)s)"""
    if upcoming:
        wanted += " AND b.ends_at > %(now)s AND b.starts_at > %(now)s - interval '1 day'"
        wanted += " AND b.status IN ('held', 'pending', 'confirmed')"
    names = {"ws": workspace_id, "contact": contact_id, "now": now}
    cursor = await connection.execute(_BOOKINGS + wanted + " ORDER BY b.starts_at DESC, b.id LIMIT 200", names)
    return [Booking(**row) for row in reversed(await cursor.fetchall())]


async def list_bookings(
    connection: Connection,
    workspace_id: UUID,
    *,
    service_id: UUID | None = None,
    staff_id: UUID | None = None,
    contact_id: UUID | None = None,
    status: Sequence[Status] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    after: Position | None = None,
    latest_first: bool = False,
    limit: int = 50,
) -> list[Booking]:
    """By time. `since` and `until` bound the start; expired holds are left out unless that status is asked for."""
    given: dict[str, Any] = {
        "service_id": service_id,
        "staff_id": staff_id,
        "contact_id": contact_id,
        "status": list(status) or None,
        "since": since,
        "until": until,
        "earlier" if latest_first else "after": after and after.id,
    }
    names = {"ws": workspace_id, "limit": limit, "after_at": after and after.at, "after": after and after.id, **given}
    statement: LiteralString = _BOOKINGS if status else _BOOKINGS + " AND b.status <> 'expired'"
    for name, condition in _FILTERS.items():
        if given.get(name) is not None:
            statement += condition
    order: LiteralString = "b.starts_at DESC, b.id DESC" if latest_first else "b.starts_at, b.id"
    cursor = await connection.execute(statement + " ORDER BY " + order + " LIMIT %(limit)s", names)
    return [Booking(**row) for row in await cursor.fetchall()]


async def changes_of(connection: Connection, workspace_id: UUID, booking_id: UUID) -> list[BookingChange]:
    """Its history, oldest first."""
    cursor = await connection.execute(
        """SELECT id, what, text, data, changed_by, created_at FROM booking_change
           WHERE workspace_id = %s AND booking_id = %s ORDER BY id""",
        (workspace_id, booking_id),
    )
    return [BookingChange(**row) for row in await cursor.fetchall()]
