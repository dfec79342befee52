"""Bookings that wait for the business's yes: the team is told and reminded, and one that nobody answered ends when its
time comes, so that no client waits for an answer, or comes without one."""

from uuid import UUID

from dynaris.contacts.names import readable_name
from dynaris.conversations.tasks import add_task
from dynaris.core.db import Connection
from dynaris.core.ids import id_of
from dynaris.notifications.actions import notify
from dynaris.scheduling.invited import Facts
from dynaris.scheduling.queries import get_booking
from dynaris.scheduling.rules import in_words
from dynaris.scheduling.schemas import Booking


async def ask_team(connection: Connection, workspace_id: UUID, booking_id: UUID) -> None:
    """Once for each time that is asked for."""
    booking = await get_booking(connection, workspace_id, booking_id)
    if booking.status == "pending":
        await notify(
            connection,
            workspace_id,
            topic="asked",
            cause=f"asked:{booking.id}:{booking.sequence}",
            title=f"{_whose(booking)} asks for {_what(booking)}",
            body=f"With {booking.staff}. It waits for a yes.",
            subject=f"booking:{booking.id}",
        )


async def remind_team(connection: Connection, workspace_id: UUID, booking: Booking, *, key: str) -> None:
    await notify(
        connection,
        workspace_id,
        topic="asked",
        cause=f"unanswered:{booking.id}:{booking.sequence}{key}",
        title=f"Still unanswered: {_whose(booking)} asks for {_what(booking)}",
        body=f"With {booking.staff}. It waits for a yes; without one it is cancelled when it would begin.",
        subject=f"booking:{booking.id}",
    )


async def tell_of_lapsed(connection: Connection, workspace_id: UUID, facts: Facts) -> None:
    """`facts` as they are after it."""
    booking, not_told = facts.booking, facts.row["kept_reason"]
    told = f"The client was not told: {not_told}." if not_told else "The client was told by mail."
    title = f"Nobody answered: {_whose(booking)} had asked for {_what(booking)}"
    await add_task(
        connection,
        workspace_id,
        title=title,
        detail=f"It would have been with {booking.staff}, and is cancelled now. {told} Offer another time.",
        contact_id=booking.contact_id,
        conversation_id=booking.conversation_id,
        created_by="system",
        task_id=id_of(f"lapsed:{booking.id}", booking.id),
    )
    await notify(
        connection,
        workspace_id,
        topic="changed",
        cause=f"lapsed:{booking.id}",
        title=title,
        body=f"It is cancelled. {told}",
        subject=f"booking:{booking.id}",
    )


def _whose(booking: Booking) -> str:
    return readable_name(booking.contact_name) or "A client"


def _what(booking: Booking) -> str:
    return f"{booking.service}, {in_words(booking.starts_at, booking.timezone)}"
