"""Writes to bookings: confirmed, moved, cancelled, over. Done twice, each is done once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

import psycopg

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotBookable, NotFound
from dynaris.scheduling.booking_settings import booking_settings
from dynaris.scheduling.history import told
from dynaris.scheduling.holds import hold, release_expired
from dynaris.scheduling.notices import What
from dynaris.scheduling.offer import Offer, Person, Times, offer_of
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.rules import check, in_words, lock_people, taking
from dynaris.scheduling.schemas import Booking

__all__ = ["book", "cancel", "cancel_coming", "confirm", "hold", "lapse", "lock", "reschedule", "set_status"]

_OWN_PEOPLE = ("member:", "key:", "staff:")  # whose word is the business's own
_OPEN = ("held", "pending", "confirmed")


async def book(
    connection: Connection,
    workspace_id: UUID,
    *,
    service_id: UUID,
    starts_at: datetime,
    contact_id: UUID,
    key: str,
    by: str,
    now: datetime,
    staff_id: UUID | None = None,
    conversation_id: UUID | None = None,
    timezone: str | None = None,
    note: str = "",
    overrule: bool = False,
) -> Booking:
    """`hold` and `confirm` in one. The same `key` again is the same booking, whatever became of it since."""
    async with connection.transaction():
        held = await hold(
            connection,
            workspace_id,
            service_id=service_id,
            starts_at=starts_at,
            contact_id=contact_id,
            key=key,
            by=by,
            now=now,
            staff_id=staff_id,
            conversation_id=conversation_id,
            timezone=timezone,
            note=note,
            overrule=overrule,
        )
        if held.status != "held":
            return held
        return await confirm(connection, workspace_id, held.id, by=by, now=now, overrule=overrule)


async def confirm(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    *,
    by: str,
    now: datetime,
    accept: bool = False,
    overrule: bool = False,
) -> Booking:
    """A hold becomes a booking; `pending` where the service needs the business's yes. `accept` is that yes, and whoever
    may say it is not asked for hours.

    A hold that is over is confirmed if its time is still free. Raises `SlotTaken`, `NotBookable` (the hours have
    changed, or it is past), `Conflict` (it was cancelled, is over, or is nobody's), `NotFound`.
    """
    async with connection.transaction():
        row = await lock(connection, workspace_id, booking_id)
        status = row["status"]
        if status == "confirmed" or (status == "pending" and not accept):
            return await get_booking(connection, workspace_id, booking_id)
        if status not in ("held", "pending", "expired"):
            raise Conflict(f"only a hold is confirmed; this booking is {status}")
        if not row["is_somebodys"]:
            raise Conflict("nobody has said yet for whom this time is held, or the contact is gone: book it anew")
        offer = await offer_of(connection, workspace_id, row["service_id"])
        person = _given_by(offer, row["staff_id"])
        await release_expired(connection, workspace_id, person.id, now=now)
        await check(
            connection,
            workspace_id,
            offer,
            person,
            times=_times(row),
            now=now,
            promised=True,
            overrule=overrule or accept,
            without=booking_id,
        )
        becomes: What = "pending" if offer.needs_confirmation and not accept else "confirmed"
        async with taking():
            await _set(connection, workspace_id, booking_id, "status = %(status)s, held_until = NULL", status=becomes)
        return await told(connection, workspace_id, booking_id, becomes, by=by)


async def reschedule(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    *,
    starts_at: datetime,
    staff_id: UUID | None = None,
    by: str,
    now: datetime,
    overrule: bool = False,
) -> Booking:
    """The same booking at another time, or with somebody else; it keeps its length, its buffers and its price.

    Raises like `hold`, and `Conflict` for what is cancelled, over, or has begun, and for a client who comes too late.
    """
    starts_at = starts_at.astimezone(UTC)
    async with connection.transaction():
        row = await lock(connection, workspace_id, booking_id, also=staff_id)
        old = _times(row)
        whom: UUID = staff_id or row["staff_id"]
        if (old.starts_at, row["staff_id"]) == (starts_at, whom):
            return await get_booking(connection, workspace_id, booking_id)
        if row["status"] not in _OPEN or old.starts_at <= now:
            raise Conflict(
                f"only a booking to come is moved; this one is {row['status']} and began or begins at "
                f"{in_words(old.starts_at, row['timezone'])}"
            )
        if row["status"] == "held" and row["held_until"] <= now:
            raise Conflict("this hold is over: hold another time")
        await _check_notice(connection, workspace_id, row, by=by, now=now)
        offer = await offer_of(connection, workspace_id, row["service_id"])
        person = _given_by(offer, whom)
        await release_expired(connection, workspace_id, whom, now=now)
        moved = _moved(old, starts_at)
        await check(
            connection, workspace_id, offer, person, times=moved, now=now, overrule=overrule, without=booking_id
        )
        async with taking():
            await _set(
                connection,
                workspace_id,
                booking_id,
                """staff_id = %(staff)s, starts_at = %(starts_at)s, ends_at = %(ends_at)s, busy_from = %(busy_from)s,
                   busy_until = %(busy_until)s, sequence = sequence + 1, status = %(status)s""",
                staff=whom,
                starts_at=moved.starts_at,
                ends_at=moved.ends_at,
                busy_from=moved.busy_from,
                busy_until=moved.busy_until,
                status=_status_after_move(row["status"], offer, by),
            )
        detail = {"from": old.starts_at, "from_staff": row["staff_id"]}
        return await told(connection, workspace_id, booking_id, "rescheduled", by=by, detail=detail)


async def cancel(
    connection: Connection, workspace_id: UUID, booking_id: UUID, *, reason: str | None = None, by: str, now: datetime
) -> Booking:
    """Gives the time back. Raises `Conflict` for what is over, and for a client who comes too late."""
    async with connection.transaction():
        row = await lock(connection, workspace_id, booking_id)
        if row["status"] in ("cancelled", "expired"):
            return await get_booking(connection, workspace_id, booking_id)
        if row["status"] not in _OPEN:
            raise Conflict(f"this booking is {row['status']}: it cannot be cancelled any more")
        await _check_notice(connection, workspace_id, row, by=by, now=now)
        await _set(
            connection,
            workspace_id,
            booking_id,
            "status = 'cancelled', held_until = NULL, reason = %(reason)s",
            reason=reason,
        )
        what: What = "released" if row["status"] == "held" else "cancelled"
        return await told(connection, workspace_id, booking_id, what, by=by, detail={"begins": row["starts_at"] > now})


async def lapse(connection: Connection, workspace_id: UUID, booking_id: UUID, *, now: datetime) -> bool:
    """What was asked for and never answered ends when it would begin. `False`: it was answered or moved after all."""
    async with connection.transaction():
        row = await lock(connection, workspace_id, booking_id)
        if row["status"] != "pending" or row["starts_at"] > now:
            return False
        reason = "nobody confirmed it in time"
        await _set(connection, workspace_id, booking_id, "status = 'cancelled', reason = %(reason)s", reason=reason)
        await told(connection, workspace_id, booking_id, "lapsed", by="system")
        return True


async def cancel_coming(
    connection: Connection, workspace_id: UUID, contacts: Sequence[UUID], *, by: str, now: datetime
) -> None:
    """Whoever they are, they will not come. To be called in a transaction."""
    cursor = await connection.execute(
        """SELECT id, staff_id FROM booking WHERE workspace_id = %s AND contact_id = ANY(%s) AND starts_at > %s
             AND status IN ('held', 'pending', 'confirmed')""",
        (workspace_id, list(contacts), now),
    )
    coming = await cursor.fetchall()
    await lock_people(connection, workspace_id, {row["staff_id"] for row in coming})
    for row in coming:
        await cancel(connection, workspace_id, row["id"], by=by, now=now)


async def set_status(
    connection: Connection,
    workspace_id: UUID,
    booking_id: UUID,
    *,
    status: Literal["completed", "no_show"],
    by: str,
    now: datetime,
) -> Booking:
    """How a confirmed booking ended; one can be corrected into the other. Raises `Conflict` before it has begun."""
    async with connection.transaction():
        row = await lock(connection, workspace_id, booking_id)
        if row["status"] == status:
            return await get_booking(connection, workspace_id, booking_id)
        if row["status"] not in ("confirmed", "completed", "no_show"):
            raise Conflict(f"only a confirmed booking takes place or is missed; this one is {row['status']}")
        if row["starts_at"] > now:
            raise Conflict(f"it has not begun: it is at {in_words(row['starts_at'], row['timezone'])}")
        await _set(connection, workspace_id, booking_id, "status = %(status)s", status=status)
        return await told(connection, workspace_id, booking_id, status, by=by)


async def _check_notice(
    connection: Connection, workspace_id: UUID, row: dict[str, Any], *, by: str, now: datetime
) -> None:
    """A client, by an agent too, moves and cancels until so long before it begins; the business whenever it likes."""
    if row["status"] == "held" or by.startswith((*_OWN_PEOPLE, "system")):
        return
    minutes = (await booking_settings(connection, workspace_id)).cancel_notice_minutes
    if row["starts_at"] <= now or row["starts_at"] < now + timedelta(minutes=minutes):
        until = in_words(row["starts_at"] - timedelta(minutes=minutes), row["timezone"])
        raise Conflict(f"clients could move or cancel this booking until {until}: now a person of the business decides")


async def lock(
    connection: Connection, workspace_id: UUID, booking_id: UUID, *, also: UUID | None = None
) -> dict[str, Any]:
    """The row, locked after its person and another one: the order in which all who take time lock. For whoever locks
    something else of a booking and then changes it. To be called in a transaction."""
    while True:
        person = await _row(connection, workspace_id, booking_id)
        async with connection.transaction() as attempt:
            await lock_people(connection, workspace_id, {person["staff_id"], also or person["staff_id"]})
            row = await _row(connection, workspace_id, booking_id, lock=" FOR NO KEY UPDATE")
            if row["staff_id"] == person["staff_id"]:
                return row
            raise psycopg.Rollback(attempt)  # it went to somebody else in between: those are not locked


async def _row(
    connection: Connection, workspace_id: UUID, booking_id: UUID, *, lock: LiteralString = ""
) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT service_id, staff_id, status, starts_at, ends_at, busy_from, busy_until, held_until, timezone,
               EXISTS (SELECT FROM contact c WHERE c.workspace_id = booking.workspace_id AND c.id = booking.contact_id
                       AND NOT c.erasing) AS is_somebodys
           FROM booking WHERE workspace_id = %s AND id = %s"""
        + lock,
        (workspace_id, booking_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no booking {booking_id}")
    return row


def _times(row: dict[str, Any]) -> Times:
    return Times(row["starts_at"], row["ends_at"], row["busy_from"], row["busy_until"])


def _moved(old: Times, starts_at: datetime) -> Times:
    by = starts_at - old.starts_at
    return Times(starts_at, old.ends_at + by, old.busy_from + by, old.busy_until + by)


def _given_by(offer: Offer, staff_id: UUID) -> Person:
    if not offer.enabled:
        raise NotBookable(f"{offer.service} cannot be booked at present")
    person = offer.person(staff_id)
    if person is None:
        raise NotBookable(f"{offer.service} is not given by {staff_id} (any more)")
    return person


def _status_after_move(status: str, offer: Offer, by: str) -> str:
    """What needs the business's yes needs it for the new time too, unless the business moves it itself."""
    asks = status == "confirmed" and offer.needs_confirmation and not by.startswith(_OWN_PEOPLE)
    return "pending" if asks else status


async def _set(
    connection: Connection, workspace_id: UUID, booking_id: UUID, changes: LiteralString, **values: Any
) -> None:
    await connection.execute(
        "UPDATE booking SET "
        + changes
        + ", updated_at = clock_timestamp() WHERE workspace_id = %(ws)s AND id = %(id)s",
        {"ws": workspace_id, "id": booking_id, **values},
    )
