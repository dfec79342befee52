"""Time is taken: a hold is a booking's row that gives the time back by itself when nobody confirms it.

Whoever holds a time locks the contact's holds first; whoever takes a person's time then locks that person, and then
rows of `booking`, so that fifty at once wait for each other and never in a circle. What makes a double booking
impossible is the constraint `no_double_booking`.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from dynaris.contacts.merge import survivor
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, InvalidInput, NotBookable, NotFound, SlotTaken
from dynaris.core.ids import new_id
from dynaris.scheduling.history import told
from dynaris.scheduling.hours import instant
from dynaris.scheduling.offer import Offer, Person, Times, offer_of, taken, works
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.rules import check, gone_slot, lock_people, taking
from dynaris.scheduling.schemas import Booking
from dynaris.workspaces.opening_hours import is_zone

HOLD_MINUTES = 10
LONGEST_HOLD = 24 * 60
_SWEEP_SECONDS = 30
MOST_HOLDS = 5  # of one contact at a time: nobody empties the calendar with questions
LONGEST_KEY = 200

_INSERT: LiteralString = """INSERT INTO booking (workspace_id, id, service_id, staff_id, contact_id, conversation_id,
        status, starts_at, ends_at, busy_from, busy_until, held_until, timezone, price, currency, note, key, created_by)
    VALUES (%(ws)s, %(id)s, %(service)s, %(staff)s, %(contact)s, %(conversation)s, 'held', %(starts_at)s, %(ends_at)s,
        %(busy_from)s, %(busy_until)s, %(held_until)s, %(timezone)s, %(price)s, %(currency)s, %(note)s, %(key)s,
        %(by)s)"""


@dataclass(frozen=True, slots=True)
class _Same:
    """What two requests with one key must agree in."""

    key: str
    service_id: UUID
    staff_id: UUID | None
    contact_id: UUID
    starts_at: datetime


async def hold(
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
    minutes: int = HOLD_MINUTES,
    timezone: str | None = None,
    note: str = "",
    overrule: bool = False,
    unnamed: bool = False,
) -> Booking:
    """Keeps a time for a contact; with whoever is free and has least that day, unless `staff_id` says with whom.

    The same `key` again is the same row, whatever became of it since. `overrule`: notice, advance and hours do not
    count, other bookings do. `unnamed`: who asks has not said yet who they are, and `contact_id` is nobody's.

    Raises `SlotTaken`, `NotBookable`, `NotFound`, `InvalidInput`; `Conflict` for a key that was used for another
    booking, and for a contact who has enough holds.
    """
    _check_words(key, minutes, timezone)
    starts_at = starts_at.astimezone(UTC)
    async with connection.transaction():
        if not unnamed:
            contact = await _present(connection, workspace_id, contact_id, conversation_id)
            contact_id, timezone = contact["id"], timezone or _known(contact["timezone"])
        same = _Same(key, service_id, staff_id, contact_id, starts_at)
        if found := await _by_key(connection, workspace_id, same):
            return found
        offer = await offer_of(connection, workspace_id, service_id)
        times = offer.times(starts_at)
        people = await _candidates(connection, workspace_id, offer, times, staff_id=staff_id, now=now)
        await _few_holds(connection, workspace_id, contact_id, now)
        row = {
            "conversation": conversation_id,
            "held_until": now + timedelta(minutes=minutes),
            "timezone": timezone or offer.timezone,
            "note": note,
            "by": by,
        }
        refusal: Conflict | None = None
        for person in people:
            try:
                async with connection.transaction():  # one that is refused lets its person go
                    await lock_people(connection, workspace_id, [person.id])
                    if found := await _by_key(connection, workspace_id, same):
                        return found
                    await release_expired(connection, workspace_id, person.id, now=now)
                    await check(connection, workspace_id, offer, person, times=times, now=now, overrule=overrule)
                    return await _take(connection, workspace_id, offer, person=person, times=times, asked=same, row=row)
            except psycopg.errors.UniqueViolation:  # the same request, at the same moment, with somebody else
                if found := await _by_key(connection, workspace_id, same):
                    return found
                raise
            except (SlotTaken, NotBookable) as error:
                refusal = error
        assert refusal is not None
        raise refusal


async def _take(
    connection: Connection,
    workspace_id: UUID,
    offer: Offer,
    *,
    person: Person,
    times: Times,
    asked: _Same,
    row: dict[str, Any],
) -> Booking:
    booking_id = new_id()
    async with taking():
        await connection.execute(
            _INSERT,
            {
                **row,
                "ws": workspace_id,
                "id": booking_id,
                "service": offer.service_id,
                "staff": person.id,
                "contact": asked.contact_id,
                "starts_at": times.starts_at,
                "ends_at": times.ends_at,
                "busy_from": times.busy_from,
                "busy_until": times.busy_until,
                "price": offer.price,
                "currency": offer.currency,
                "key": asked.key,
            },
        )
    return await told(connection, workspace_id, booking_id, "held", by=row["by"])


def _check_words(key: str, minutes: int, timezone: str | None) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(f"a key has 1 to {LONGEST_KEY} characters, this one has {len(key)}")
    if not 0 < minutes <= LONGEST_HOLD:
        raise InvalidInput(f"a hold lasts 1 to {LONGEST_HOLD} minutes, not {minutes}")
    if timezone is not None and not is_zone(timezone):
        raise InvalidInput(f"expected a time zone like Europe/Berlin, got {timezone[:50]!r}")


def _known(timezone: str | None) -> str | None:
    return timezone if timezone and is_zone(timezone) else None


async def _present(
    connection: Connection, workspace_id: UUID, contact_id: UUID, conversation_id: UUID | None
) -> dict[str, Any]:
    """The contact as it is today. It is neither merged nor erased before this transaction ends."""
    while True:
        contact_id = await survivor(connection, workspace_id, contact_id)
        cursor = await connection.execute(
            """SELECT id, timezone, merged_into IS NULL AND NOT erasing AS present FROM contact
               WHERE workspace_id = %s AND id = %s FOR KEY SHARE""",
            (workspace_id, contact_id),
        )
        row = await cursor.fetchone()
        if row and row["present"]:
            break
    if conversation_id is not None:
        cursor = await connection.execute(
            "SELECT 1 FROM conversation WHERE workspace_id = %s AND id = %s AND contact_id = %s",
            (workspace_id, conversation_id, contact_id),
        )
        if await cursor.fetchone() is None:
            raise NotFound(f"the contact has no conversation {conversation_id}")
    return row


async def _by_key(connection: Connection, workspace_id: UUID, asked: _Same) -> Booking | None:
    cursor = await connection.execute(
        "SELECT id, sequence FROM booking WHERE workspace_id = %s AND key = %s", (workspace_id, asked.key)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    found = await get_booking(connection, workspace_id, row["id"])
    moved = row["sequence"] > 0
    agrees = (
        found.service_id == asked.service_id
        and found.contact_id == asked.contact_id
        and (moved or found.starts_at == asked.starts_at)
        and (moved or asked.staff_id in (None, found.staff_id))
    )
    if not agrees:
        raise Conflict("this key was used for another booking: a new booking needs a key of its own")
    return found


async def _candidates(
    connection: Connection, workspace_id: UUID, offer: Offer, times: Times, *, staff_id: UUID | None, now: datetime
) -> list[Person]:
    """Those to try, in this order: one at least."""
    if not offer.enabled:
        raise NotBookable(f"{offer.service} cannot be booked at present")
    if staff_id is not None:
        person = offer.person(staff_id)
        if person is None:
            raise NotFound(f"{offer.service} is not given by anybody {staff_id}")
        return [person]
    if not offer.people:
        raise NotBookable(f"nobody gives {offer.service} at present")
    day = times.starts_at.astimezone(offer.business.zone).date()
    midnight, next_midnight = (instant(day, minutes, offer.business.zone) for minutes in (0, 1440))
    gone = await taken(
        connection,
        workspace_id,
        [person.id for person in offer.people],
        since=midnight - timedelta(days=1),
        until=next_midnight + timedelta(days=1),
        now=now,
    )
    free = [one for one in offer.people if gone[one.id].is_free(times.busy_from, times.busy_until)]
    if not free:
        raise gone_slot(times, offer.timezone)
    return sorted(free, key=lambda one: (not works(offer, one, times), gone[one.id].load(midnight, next_midnight)))


async def _few_holds(connection: Connection, workspace_id: UUID, contact_id: UUID, now: datetime) -> None:
    """Counted by one at a time, until this transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"holds:{workspace_id}:{contact_id}",)
    )
    cursor = await connection.execute(
        """SELECT count(*) AS n FROM booking
           WHERE workspace_id = %s AND contact_id = %s AND status = 'held' AND held_until > %s""",
        (workspace_id, contact_id, now),
    )
    row = await cursor.fetchone()
    if row and row["n"] >= MOST_HOLDS:
        raise Conflict(f"{MOST_HOLDS} times are held for this contact already: confirm or cancel one of them first")


async def oldest_give_way(
    connection: Connection, workspace_id: UUID, *, created_by: str, most: int, now: datetime
) -> None:
    """Of the holds of one actor that still run the newest stay, and what somebody works on. To be called last in a
    transaction: rows are locked here that others lock after a person.
    """
    cursor = await connection.execute(
        """UPDATE booking SET status = 'expired', updated_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = ANY(ARRAY(
               SELECT id FROM booking WHERE workspace_id = %(ws)s AND status = 'held' AND id = ANY(ARRAY(
                   SELECT id FROM booking WHERE workspace_id = %(ws)s AND status = 'held' AND created_by = %(by)s
                     AND held_until > %(now)s
                   ORDER BY id DESC OFFSET %(most)s))
               FOR UPDATE SKIP LOCKED))
           RETURNING id""",
        {"ws": workspace_id, "by": created_by, "now": now, "most": most},
    )
    await _tell_expired(connection, workspace_id, [row["id"] for row in await cursor.fetchall()])


async def release_expired(connection: Connection, workspace_id: UUID, staff_id: UUID, *, now: datetime) -> None:
    """Holds of one person, who is locked, that nobody confirmed in time."""
    cursor = await connection.execute(
        """UPDATE booking SET status = 'expired', updated_at = clock_timestamp()
           WHERE workspace_id = %s AND staff_id = %s AND status = 'held' AND held_until <= %s RETURNING id""",
        (workspace_id, staff_id, now),
    )
    await _tell_expired(connection, workspace_id, [row["id"] for row in await cursor.fetchall()])


async def _tell_expired(connection: Connection, workspace_id: UUID, expired: list[UUID]) -> None:
    for booking_id in expired:
        await told(connection, workspace_id, booking_id, "expired", by="system")


async def expire_holds(db: Database) -> None:
    """A worker's loop. Nobody waits for it: whoever takes a time ends the hold that is over there."""
    while True:
        await sweep(db, now=clock.now())
        await asyncio.sleep(_SWEEP_SECONDS)


async def sweep(db: Database, *, now: datetime) -> int:
    """In every workspace. How many holds ended. What somebody works on comes next time."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT workspaces_with_expired_holds(%s) AS id", (now,))
        workspaces = [row["id"] for row in await cursor.fetchall()]
    ended = 0
    for workspace_id in workspaces:
        async with db.transaction(workspace_id) as connection:
            cursor = await connection.execute(
                """UPDATE booking SET status = 'expired', updated_at = clock_timestamp()
                   WHERE workspace_id = %(ws)s AND id = ANY(ARRAY(
                       SELECT id FROM booking WHERE workspace_id = %(ws)s AND status = 'held' AND held_until <= %(now)s
                       FOR UPDATE SKIP LOCKED))
                   RETURNING id""",
                {"ws": workspace_id, "now": now},
            )
            expired = [row["id"] for row in await cursor.fetchall()]
            await _tell_expired(connection, workspace_id, expired)
            ended += len(expired)
    return ended
