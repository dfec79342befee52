"""HTTP: a workspace's booking settings, what was sent about a booking, and calendar feeds."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.ids import new_id
from dynaris.core.moments import Moment
from dynaris.scheduling import feeds, queries
from dynaris.scheduling.booking_settings import BookingSettings, booking_settings, change_settings
from dynaris.scheduling.invitation_words import News
from dynaris.scheduling.invitations import tell_client
from dynaris.scheduling.invited import facts_of
from dynaris.scheduling.work import Work, work_between
from dynaris.workspaces.access import AdminAccess, CurrentAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api", tags=["scheduling"], responses=PROBLEMS)

_LONGEST = timedelta(days=62)
_NEWS: dict[str, News] = {"pending": "pending", "confirmed": "confirmed", "cancelled": "cancelled"}


class BookingInvitation(BaseModel):
    audience: str = Field(description="`contact`, or `person`: whoever the booking is with.")
    address: str | None
    invited: bool = Field(description="Whether a calendar has it.")
    not_sent: str | None = Field(description="Why the latest mail was not sent.")
    answer: str | None = Field(description="accepted, declined or tentative.")
    answered_at: datetime | None


class BookingInvitations(BaseModel):
    items: list[BookingInvitation]


class NewFeed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    staff_id: UUID | None = Field(default=None, description="Whose bookings; left out: everybody's.")
    shows: feeds.Shows = "service"


class Feeds(BaseModel):
    items: list[feeds.Feed]


class WorkingHours(BaseModel):
    items: list[Work]


@router.get("/calendar/hours", summary="When everybody with a calendar works")
async def working_hours(
    access: CurrentAccess,
    db: Db,
    *,
    since: Annotated[Moment, Query(alias="from")],
    until: Annotated[Moment, Query(description=f"{_LONGEST.days} days later at most.")],
) -> WorkingHours:
    if not timedelta() < until - since <= _LONGEST:
        raise InvalidInput(f"`until` is after `from`, by {_LONGEST.days} days at most")
    async with db.workspace(access.workspace_id) as connection:
        return WorkingHours(items=await work_between(connection, access.workspace_id, since, until))


@router.get("/settings/booking", summary="Booking page, reminders, invitations")
async def get_booking_settings(access: CurrentAccess, db: Db) -> BookingSettings:
    async with db.workspace(access.workspace_id) as connection:
        return await booking_settings(connection, access.workspace_id)


@router.patch("/settings/booking", summary="Change booking page, reminders, invitations")
async def patch_booking_settings(access: AdminAccess, db: Db, body: BookingSettings) -> BookingSettings:
    """What is left out stays. Reminders that are planned already keep their time until their booking changes."""
    changes = body.model_dump(mode="json", exclude_unset=True)
    async with db.transaction(access.workspace_id) as connection:
        return await change_settings(connection, access.workspace_id, changes, by=access.actor)


@router.get("/bookings/{booking_id}/invitations", summary="What was sent about a booking, and what came back")
async def list_invitations(access: CurrentAccess, db: Db, booking_id: UUID) -> BookingInvitations:
    async with db.workspace(access.workspace_id) as connection:
        return await _invitations(connection, access.workspace_id, booking_id)


@router.post("/bookings/{booking_id}/invitation", summary="Send the client's mail about a booking (again)")
async def send_invitation(access: CurrentAccess, db: Db, booking_id: UUID) -> BookingInvitations:
    """Where it was not sent by itself (Manual mode), was lost, or the client asks for it. 409 says why it cannot be."""
    async with db.transaction(access.workspace_id) as connection:
        facts = await facts_of(connection, access.workspace_id, booking_id)
        if (news := _NEWS.get(facts.booking.status)) is None:
            raise Conflict(f"there is nothing to tell about a booking that is {facts.booking.status}")
        reason = await tell_client(connection, access.workspace_id, facts, news, by=access.actor, again=f":{new_id()}")
        if reason:
            raise Conflict(f"not sent: {reason}")
        await record(
            connection,
            access.workspace_id,
            actor=access.actor,
            action="booking.told",
            subject=f"booking:{booking_id}",
            detail={"what": news},
        )
        return await _invitations(connection, access.workspace_id, booking_id)


async def _invitations(connection: Connection, workspace_id: UUID, booking_id: UUID) -> BookingInvitations:
    await queries.get_booking(connection, workspace_id, booking_id)
    cursor = await connection.execute(
        """SELECT audience, address, invited, not_sent, answer, answered_at FROM booking_invitation
           WHERE workspace_id = %s AND booking_id = %s ORDER BY audience""",
        (workspace_id, booking_id),
    )
    return BookingInvitations(items=[BookingInvitation(**row) for row in await cursor.fetchall()])


@router.get("/calendar/feeds", summary="Addresses that calendar programs read")
async def list_feeds(access: AdminAccess, db: Db) -> Feeds:
    async with db.workspace(access.workspace_id) as connection:
        return Feeds(items=await feeds.feeds(connection, access.workspace_id))


@router.post("/calendar/feeds", status_code=201, summary="A new calendar feed")
async def create_feed(request: Request, access: AdminAccess, db: Db, body: NewFeed) -> feeds.IssuedFeed:
    """Whoever has the address reads the calendar: it is shown in this answer and never again."""
    async with db.transaction(access.workspace_id) as connection:
        if body.staff_id:
            await queries.get_person(connection, access.workspace_id, body.staff_id)
        feed, token = await feeds.add_feed(
            connection, access.workspace_id, staff_id=body.staff_id, shows=body.shows, by=access.actor
        )
    return feeds.IssuedFeed(**feed.model_dump(), url=_url(request, token))


@router.post("/calendar/feeds/{feed_id}/rotate", summary="A new address for a feed")
async def rotate_feed(request: Request, access: AdminAccess, db: Db, feed_id: UUID) -> feeds.IssuedFeed:
    """The old address ends at once."""
    async with db.transaction(access.workspace_id) as connection:
        feed, token = await feeds.rotate_feed(connection, access.workspace_id, feed_id, by=access.actor)
    return feeds.IssuedFeed(**feed.model_dump(), url=_url(request, token))


@router.delete("/calendar/feeds/{feed_id}", status_code=204, summary="End a feed")
async def delete_feed(access: AdminAccess, db: Db, feed_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await feeds.remove_feed(connection, access.workspace_id, feed_id, by=access.actor)


def _url(request: Request, token: str) -> str:
    return f"{request.app.state.settings.base_url}/calendar/{token}.ics"
