"""HTTP of bookings: what is free, and what is booked."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query

from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db, Limit, Page, Position, PositionCursor, page_of
from dynaris.core.ids import new_id
from dynaris.core.moments import Moment
from dynaris.scheduling import actions, queries
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.bodies import BookingWithHistory, Cancel, Key, NewBooking, Reschedule, Slots
from dynaris.scheduling.schemas import Booking, Status
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api", tags=["scheduling"], responses=PROBLEMS)

_LONGEST_SEARCH = timedelta(days=92)


@router.get("/availability", summary="Free slots of a service")
async def availability(
    access: CurrentAccess,
    db: Db,
    *,
    service_id: UUID,
    since: Annotated[Moment | None, Query(alias="from", description="Now, if left out.")] = None,
    until: Annotated[Moment | None, Query(description="A week later, if left out; 92 days at most.")] = None,
    staff_id: UUID | None = None,
    moving: Annotated[UUID | None, Query(description="A booking to be moved: its own time counts as free.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Slots:
    now = clock.now()
    since = since or now
    until = until or since + timedelta(days=7)
    if not timedelta() < until - since <= _LONGEST_SEARCH:
        raise InvalidInput(f"`until` is after `from`, by {_LONGEST_SEARCH.days} days at most")
    async with db.workspace(access.workspace_id) as connection:
        found = await free_slots(
            connection,
            access.workspace_id,
            service_id=service_id,
            windows=[(since, until)],
            now=now,
            staff_id=staff_id,
            limit=limit,
            without=moving,
        )
    return Slots(items=found)


@router.get("/bookings", summary="Bookings by their time")
async def list_bookings(
    access: CurrentAccess,
    db: Db,
    *,
    service_id: UUID | None = None,
    staff_id: UUID | None = None,
    contact_id: UUID | None = None,
    status: Annotated[
        list[Status] | None, Query(description="One or more; all but expired holds, if left out.")
    ] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Of the start.")] = None,
    until: Moment | None = None,
    order: Annotated[Literal["earliest", "latest"], Query(description="Which come first.")] = "earliest",
    cursor: PositionCursor = None,
    limit: Limit = 50,
) -> Page[Booking]:
    async with db.workspace(access.workspace_id) as connection:
        found = await queries.list_bookings(
            connection,
            access.workspace_id,
            service_id=service_id,
            staff_id=staff_id,
            contact_id=contact_id,
            status=status or (),
            since=since,
            until=until,
            after=cursor,
            latest_first=order == "latest",
            limit=limit + 1,
        )
    return page_of(found, limit, lambda booking: Position(booking.starts_at, booking.id))


@router.post("/bookings", status_code=201, summary="Book a time, or hold it")
async def book(
    access: CurrentAccess,
    db: Db,
    wanted: NewBooking,
    idempotency_key: Annotated[Key | None, Header(description="Like `key` in the body.")] = None,
) -> Booking:
    """Of many who want one time exactly one gets it; the others get 409 with the code `slot_taken`."""
    given = wanted.model_dump(exclude={"hold_minutes", "outside_rules", "key"})
    more = {
        "key": wanted.key or idempotency_key or str(new_id()),
        "overrule": wanted.outside_rules,
        "by": access.actor,
        "now": clock.now(),
    }
    async with db.transaction(access.workspace_id) as connection:
        if wanted.hold_minutes:
            return await actions.hold(connection, access.workspace_id, **given, **more, minutes=wanted.hold_minutes)
        return await actions.book(connection, access.workspace_id, **given, **more)


@router.get("/bookings/{booking_id}", summary="One booking with its history")
async def get_booking(access: CurrentAccess, db: Db, booking_id: UUID) -> BookingWithHistory:
    async with db.workspace(access.workspace_id) as connection:
        booking = await queries.get_booking(connection, access.workspace_id, booking_id)
        changes = await queries.changes_of(connection, access.workspace_id, booking_id)
    return BookingWithHistory(**dict(booking), changes=changes)


@router.post("/bookings/{booking_id}/confirm", summary="Confirm a hold, or say yes to a booking that waits for it")
async def confirm(access: CurrentAccess, db: Db, booking_id: UUID) -> Booking:
    async with db.transaction(access.workspace_id) as connection:
        return await actions.confirm(
            connection, access.workspace_id, booking_id, by=access.actor, now=clock.now(), accept=True
        )


@router.post("/bookings/{booking_id}/reschedule", summary="Move a booking to another time, or to somebody else")
async def reschedule(access: CurrentAccess, db: Db, booking_id: UUID, to: Reschedule) -> Booking:
    async with db.transaction(access.workspace_id) as connection:
        return await actions.reschedule(
            connection,
            access.workspace_id,
            booking_id,
            starts_at=to.starts_at,
            staff_id=to.staff_id,
            by=access.actor,
            now=clock.now(),
            overrule=to.outside_rules,
        )


@router.post("/bookings/{booking_id}/cancel", summary="Cancel a booking, or let a hold go")
async def cancel(access: CurrentAccess, db: Db, booking_id: UUID, why: Cancel | None = None) -> Booking:
    async with db.transaction(access.workspace_id) as connection:
        return await actions.cancel(
            connection,
            access.workspace_id,
            booking_id,
            reason=why.reason if why else None,
            by=access.actor,
            now=clock.now(),
        )


@router.post("/bookings/{booking_id}/complete", summary="It took place")
async def complete(access: CurrentAccess, db: Db, booking_id: UUID) -> Booking:
    async with db.transaction(access.workspace_id) as connection:
        return await actions.set_status(
            connection, access.workspace_id, booking_id, status="completed", by=access.actor, now=clock.now()
        )


@router.post("/bookings/{booking_id}/no-show", summary="The contact did not come")
async def no_show(access: CurrentAccess, db: Db, booking_id: UUID) -> Booking:
    async with db.transaction(access.workspace_id) as connection:
        return await actions.set_status(
            connection, access.workspace_id, booking_id, status="no_show", by=access.actor, now=clock.now()
        )
