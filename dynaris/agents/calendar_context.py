"""What an agent is told of the calendar: the appointments that may be told here, and for who books the services.

A statement each, for the scheduling specialist and for language models only: the built-in model's answer to a
question in the chat is not made slower by them.
"""

from dataclasses import replace
from uuid import UUID

from dynaris.agents.context import Context
from dynaris.core.db import Connection
from dynaris.scheduling.finding import told_service
from dynaris.scheduling.queries import bookings_of, services
from dynaris.workspaces.opening_hours import zone

SPECIALIST = "scheduling"
_MOST_SERVICES = 40


async def with_calendar(
    connection: Connection,
    workspace_id: UUID,
    context: Context,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    with_services: bool,
) -> Context:
    offered = await services(connection, workspace_id) if with_services else []
    booked = await bookings_of(connection, workspace_id, contact_id, now=context.now)
    local = zone(context.timezone)
    return replace(
        context,
        services=tuple(
            {key: str(value) for key, value in told_service(service).items() if value is not None}
            for service in offered[:_MOST_SERVICES]
        ),
        bookings=tuple(
            {
                "id": str(booking.id),
                "status": booking.status,
                "service": booking.service,
                "with": booking.staff,
                "starts_at": booking.starts_at.astimezone(local).isoformat(timespec="minutes"),
            }
            for booking in booked
            if context.may_disclose or booking.conversation_id == conversation_id
        ),
    )
