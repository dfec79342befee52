"""Who is told when a booking changes."""

from typing import Literal
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.live import publish
from dynaris.scheduling.invitations import tell
from dynaris.scheduling.requests import ask_team

LIVE_TOPIC = "calendar"

What = Literal[
    "held",
    "released",  # a hold that was given up before it was confirmed
    "expired",
    "pending",
    "confirmed",
    "rescheduled",
    "cancelled",
    "lapsed",  # asked for, and cancelled because nobody answered
    "completed",
    "no_show",
]


async def booking_changed(connection: Connection, workspace_id: UUID, booking_id: UUID, what: What, *, by: str) -> None:
    """In the transaction of the change. `by` is an actor as in the audit log."""
    await publish(connection, workspace_id, LIVE_TOPIC, {"type": what, "id": str(booking_id), "by": by})
    await tell(connection, workspace_id, booking_id, what, by=by)
    if what in ("pending", "rescheduled") and by.startswith("agent:"):  # what visitors do is told with what they typed
        await ask_team(connection, workspace_id, booking_id)
