"""What is due about a booking at a time: reminders, and a look at it when it is over, or was never answered.

Each is a row, planned with the change that caused it and for that very time: once the booking is moved or cancelled the
row is void.
"""

from datetime import datetime, timedelta
from typing import Literal, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.scheduling.booking_settings import before_quiet_hours
from dynaris.scheduling.invited import Facts

What = Literal["remind_contact", "remind_person", "over", "remind_team", "lapse"]
OF_REQUESTS = ("remind_team", "lapse")  # of a booking that waits for the business's yes; the rest is of confirmed ones

OVER_AFTER = timedelta(days=1)  # time enough for people to say that nobody came
_DAY, _SHORTLY = timedelta(days=1), timedelta(hours=2)

_PLAN: LiteralString = """INSERT INTO booking_due (workspace_id, id, booking_id, what, due_at, starts_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (workspace_id, booking_id, what, due_at, starts_at) DO UPDATE SET status = 'waiting', result = NULL
    WHERE booking_due.status = 'dropped'"""
# A row that is being worked on looks at the booking itself; to wait for it could be to wait in a circle.
_DROP: LiteralString = """UPDATE booking_due SET status = 'dropped', result = 'the booking was changed'
    WHERE workspace_id = %(ws)s AND id IN (
        SELECT id FROM booking_due WHERE workspace_id = %(ws)s AND booking_id = %(booking)s AND status = 'waiting'
        FOR UPDATE SKIP LOCKED)"""


async def plan(connection: Connection, workspace_id: UUID, facts: Facts, *, now: datetime) -> None:
    """In the transaction of a change: what was planned for the booking as it was is void, what it needs now is due."""
    booking = facts.booking
    await connection.execute(_DROP, {"ws": workspace_id, "booking": booking.id})
    times = {"confirmed": _times, "pending": _times_of_request}.get(booking.status)
    for what, due_at in times(facts, now) if times else ():
        await connection.execute(_PLAN, (workspace_id, new_id(), booking.id, what, due_at, booking.starts_at))


def _times(facts: Facts, now: datetime) -> list[tuple[What, datetime]]:
    booking, settings = facts.booking, facts.settings
    found: list[tuple[What, datetime]] = [("over", booking.ends_at + OVER_AFTER)]
    whose: list[tuple[What, list[int]]] = [
        ("remind_contact", settings.service_reminders.get(booking.service_id, settings.reminders)),
        ("remind_person", settings.person_reminders),
    ]
    for what, before in whose:
        for minutes in before:
            due_at = booking.starts_at - timedelta(minutes=minutes)
            if what == "remind_contact":
                due_at = before_quiet_hours(due_at, settings.quiet_hours, booking.timezone)
            if due_at > now:  # else the mail about the booking itself is as good
                found.append((what, due_at))
    return found


def _times_of_request(facts: Facts, now: datetime) -> list[tuple[What, datetime]]:
    """The team is reminded after a day, where that is not close to the others, then a day and shortly before it
    begins."""
    begins = facts.booking.starts_at
    reminders = [begins - _DAY, begins - _SHORTLY]
    if now + 2 * _DAY <= reminders[0]:
        reminders.append(now + _DAY)
    found: list[tuple[What, datetime]] = [("remind_team", due_at) for due_at in reminders if due_at > now]
    return [*found, ("lapse", begins)]
