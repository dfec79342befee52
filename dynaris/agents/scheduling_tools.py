"""What an agent may do with the calendar: find times, keep one, book it, and move or cancel what this contact booked.

Every tool works for the conversation's own contact alone. What was booked elsewhere is told, moved and cancelled only
where the other side is proven to be the contact; what was booked in this very conversation always is. A time that
somebody else got first is no error but a new offer.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.agents.tool import ToolContext, ToolRefused
from dynaris.core.db import Connection
from dynaris.core.errors import NotBookable, NotFound, SlotTaken
from dynaris.core.moments import Moment
from dynaris.scheduling import actions, holds
from dynaris.scheduling.availability import who_takes
from dynaris.scheduling.finding import (
    Asker,
    Found,
    Place,
    Wanted,
    find,
    person_named,
    place_of,
    told_service,
    told_slot,
)
from dynaris.scheduling.invited import speak
from dynaris.scheduling.queries import bookings_of, get_booking, people, services
from dynaris.scheduling.schemas import Booking, Service
from dynaris.scheduling.service_words import named_services

_LANGUAGE = Field(default=None, pattern="^[a-z]{2}$", description="In which the times are named: the contact's.")
_ZONE = Field(default=None, max_length=60, description="The contact's, like America/New_York, if they named another.")


class Between(BaseModel):
    start: Moment
    end: Moment


class FindSlots(BaseModel):
    """Times that can be booked: at most three, as close to the wish as possible. Nothing is kept by this."""

    service: str | None = Field(default=None, max_length=2_000, description="Its name or id, or the contact's words.")
    before: str | None = Field(default=None, max_length=4_000, description="Earlier words that may name the service.")
    wish: str | None = Field(
        default=None, max_length=4_000, description="When, in the contact's own words: 'next Tuesday after 3'."
    )
    windows: list[Between] | None = Field(default=None, max_length=20, description="Instead of `wish`.")
    person: str | None = Field(default=None, max_length=2_000, description="With whom, if they named somebody.")
    words: str | None = Field(default=None, max_length=2_000, description="Instead: words that may name somebody.")
    moving: UUID | None = Field(default=None, description="The booking that goes to another time.")
    language: str | None = _LANGUAGE
    timezone: str | None = _ZONE


class HoldSlot(BaseModel):
    """Keep a time that the contact chose, for some minutes; `confirm_booking` books it."""

    service: str = Field(max_length=2_000, description="Its name or id.")
    starts_at: Moment
    staff_id: UUID | None = Field(default=None, description="As offered, if they asked for somebody.")
    person: str | None = Field(default=None, max_length=2_000, description="Instead: with whom.")
    note: str = Field(default="", max_length=1_000, description="What the business should know for it.")
    language: str | None = _LANGUAGE


class ConfirmBooking(BaseModel):
    """Book the time that is held. Only `confirmed` in the answer means that it is booked."""

    booking_id: UUID
    language: str | None = _LANGUAGE


class ListBookings(BaseModel):
    """The contact's coming appointments, as far as they may be told here."""

    language: str | None = _LANGUAGE


class MoveBooking(BaseModel):
    """Give an appointment of this contact another time, one that `find_slots` offered and they chose."""

    booking_id: UUID
    starts_at: Moment
    staff_id: UUID | None = Field(default=None, description="As offered, if they asked for somebody else.")
    language: str | None = _LANGUAGE


class CancelBooking(BaseModel):
    """Cancel an appointment of this contact, when they ask for that."""

    booking_id: UUID
    reason: str | None = Field(default=None, max_length=500)
    language: str | None = _LANGUAGE


async def find_slots(connection: Connection, context: ToolContext, arguments: FindSlots) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language, arguments.timezone)
    moving = await _own(connection, context, arguments.moving) if arguments.moving else None
    windows = tuple((window.start, window.end) for window in arguments.windows or () if window.start < window.end)
    wanted = Wanted(
        service=arguments.service,
        before=arguments.before,
        wish=arguments.wish,
        windows=windows,
        person=arguments.person,
        words=arguments.words,
    )
    found = await find(connection, context.workspace_id, _asker(context), wanted, place=place, moving=moving)
    return _told_offer(found)


async def hold_slot(connection: Connection, context: ToolContext, arguments: HoldSlot) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language)
    here = await _here(connection, context)
    service = await _service(connection, context, arguments.service)
    for booking in here:
        if booking.service_id == service.id and booking.starts_at == arguments.starts_at:
            return {"held": True, **_told(booking, place)}  # chosen twice
    await _give_back(connection, context, here)
    try:
        booking = await holds.hold(
            connection,
            context.workspace_id,
            service_id=service.id,
            staff_id=arguments.staff_id or await _staff(connection, context, arguments.person, service),
            starts_at=arguments.starts_at,
            contact_id=context.contact_id,
            conversation_id=context.conversation_id,
            key=context.idempotency_key,
            timezone=place.shown_timezone,
            note=arguments.note,
            by=_by(context),
            now=context.now,
        )
    except (SlotTaken, NotBookable) as lost:
        return {
            "held": False,
            **await _others(connection, context, place, service, starts_at=arguments.starts_at, lost=lost),
        }
    await speak(connection, context.workspace_id, booking.id, arguments.language)
    return {"held": True, **_told(booking, place)}


async def confirm_booking(connection: Connection, context: ToolContext, arguments: ConfirmBooking) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language)
    booking = await _own(connection, context, arguments.booking_id, upcoming=False)
    await speak(connection, context.workspace_id, booking.id, arguments.language)
    try:
        done = await actions.confirm(connection, context.workspace_id, booking.id, by=_by(context), now=context.now)
    except (SlotTaken, NotBookable) as lost:
        service = await _service(connection, context, str(booking.service_id))
        offer = await _others(connection, context, place, service, starts_at=booking.starts_at, lost=lost)
        return {"confirmed": False, **offer}
    return {"confirmed": done.status == "confirmed", **_told(done, place)}


async def as_if_held(connection: Connection, context: ToolContext, arguments: HoldSlot) -> dict[str, Any]:
    """What `hold_slot` says of a time that can be had; nothing is kept."""
    place = await _place(connection, context, arguments.language)
    service = await _service(connection, context, arguments.service)
    told, known = told_service(service), await people(connection, context.workspace_id)
    giving = [person for person in known if person.id in service.staff_ids]
    asked = [person for person in giving if person.id == arguments.staff_id]
    return {
        "held": True,
        "booking_id": str(context.run_id),
        "status": "held",
        "service": service.name,
        "with": next((person.name for person in [*asked, *giving]), ""),
        "said": place.said(arguments.starts_at),
        "starts_at": place.local(arguments.starts_at),
        "price": told.get("price"),
    }


async def list_bookings(connection: Connection, context: ToolContext, arguments: ListBookings) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language)
    told = [_told(booking, place) for booking in await _here(connection, context)]
    if context.may_disclose:
        return {"bookings": told}
    return {
        "bookings": told,
        "only": "what was booked in this conversation: the other side is not proven",
        **_proof(context),
    }


async def move_booking(connection: Connection, context: ToolContext, arguments: MoveBooking) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language)
    booking = await _own(connection, context, arguments.booking_id)
    staff_id = arguments.staff_id or await who_takes(
        connection, context.workspace_id, booking, arguments.starts_at, now=context.now
    )
    await speak(connection, context.workspace_id, booking.id, arguments.language)
    try:
        done = await actions.reschedule(
            connection,
            context.workspace_id,
            booking.id,
            starts_at=arguments.starts_at,
            staff_id=staff_id,
            by=_by(context),
            now=context.now,
        )
    except (SlotTaken, NotBookable) as lost:
        service = await _service(connection, context, str(booking.service_id))
        offer = await _others(
            connection, context, place, service, starts_at=arguments.starts_at, lost=lost, moving=booking
        )
        return {"moved": False, **offer}
    return {"moved": True, **_told(done, place)}


async def cancel_booking(connection: Connection, context: ToolContext, arguments: CancelBooking) -> dict[str, Any]:
    place = await _place(connection, context, arguments.language)
    booking = await _own(connection, context, arguments.booking_id, upcoming=False)
    await speak(connection, context.workspace_id, booking.id, arguments.language)
    done = await actions.cancel(
        connection, context.workspace_id, booking.id, reason=arguments.reason, by=_by(context), now=context.now
    )
    return {"cancelled": True, **_told(done, place)}


# Whose, where, in which words --------------------------------------------------------------------


def _by(context: ToolContext) -> str:
    return f"agent:{context.agent}"


def _asker(context: ToolContext) -> Asker:
    return Asker(
        contact_id=context.contact_id,
        conversation_id=context.conversation_id,
        proven=context.may_disclose,
        now=context.now,
    )


async def _place(
    connection: Connection, context: ToolContext, language: str | None, timezone: str | None = None
) -> Place:
    return await place_of(connection, context.workspace_id, context.contact_id, language=language, timezone=timezone)


async def _here(connection: Connection, context: ToolContext, *, upcoming: bool = True) -> list[Booking]:
    """The contact's, as far as they may be known here."""
    all_of_them = await bookings_of(
        connection, context.workspace_id, context.contact_id, upcoming=upcoming, now=context.now
    )
    return [
        booking for booking in all_of_them if context.may_disclose or booking.conversation_id == context.conversation_id
    ]


async def _own(connection: Connection, context: ToolContext, booking_id: UUID, *, upcoming: bool = True) -> Booking:
    """Of another contact, or of another conversation without a proof: as if there were none."""
    for booking in await _here(connection, context, upcoming=upcoming):
        if booking.id == booking_id:
            return booking
    if not upcoming and (held := await _expired_hold(connection, context, booking_id)):
        return held
    proof = _proof(context).get("how_to_prove", "")
    raise ToolRefused(f"there is no such booking of this contact that may be changed here. {proof}".strip())


async def _expired_hold(connection: Connection, context: ToolContext, booking_id: UUID) -> Booking | None:
    """A hold that is over can still be confirmed if nobody took the time."""
    try:
        booking = await get_booking(connection, context.workspace_id, booking_id)
    except NotFound:
        return None
    here = booking.conversation_id == context.conversation_id or context.may_disclose
    return booking if here and booking.contact_id == context.contact_id else None


def _proof(context: ToolContext) -> dict[str, str]:
    if context.may_disclose:
        return {}
    if context.provable:
        return {"how_to_prove": "they can prove who they are with a code that is sent to their address"}
    return {"how_to_prove": "here they cannot prove who they are: hand over to a colleague"}


async def _give_back(connection: Connection, context: ToolContext, here: list[Booking]) -> None:
    """Whoever chooses another time does not keep the one before."""
    for booking in here:
        if booking.status == "held" and booking.conversation_id == context.conversation_id:
            await actions.cancel(
                connection,
                context.workspace_id,
                booking.id,
                reason="another time was chosen",
                by=_by(context),
                now=context.now,
            )


async def _service(connection: Connection, context: ToolContext, said: str) -> Service:
    offered = await services(connection, context.workspace_id)
    named = named_services(offered, said)
    if len(named) != 1:
        names = ", ".join(one.name for one in offered)
        raise ToolRefused(f"no service is called {said[:100]!r}; there are: {names}")
    return named[0]


async def _staff(connection: Connection, context: ToolContext, said: str | None, service: Service) -> UUID | None:
    found = person_named(said, await people(connection, context.workspace_id), service) if said else None
    return found.id if found else None


# What is told -------------------------------------------------------------------------------------


def _told(booking: Booking, place: Place) -> dict[str, Any]:
    plain = booking.model_dump(mode="json", include={"price", "currency"})
    return {
        "booking_id": str(booking.id),
        "status": booking.status,
        "service": booking.service,
        "with": booking.staff,
        "said": place.said(booking.starts_at),
        "starts_at": place.local(booking.starts_at),
        "price": f"{plain['price']} {plain['currency']}" if plain["price"] is not None else None,
    }


def _told_offer(found: Found) -> dict[str, Any]:
    services = [told_service(service) for service in found.services]
    if found.service is None:
        unclear = [told_service(service) for service in found.unclear]
        return {"slots": [], "services": unclear or services, "service_unclear": bool(services)}
    wish = found.wish
    return {
        "service": told_service(found.service),
        "service_assumed": found.assumed,
        **({"services": services} if found.assumed else {}),
        "slots": [told_slot(slot, found.place) for slot in found.slots],
        "as_wished": found.fits and not found.person_unknown,
        "understood": list(wish.understood) if wish else [],
        "person": found.person,
        "person_unknown": found.person_unknown,
    }


async def _others(
    connection: Connection,
    context: ToolContext,
    place: Place,
    service: Service,
    *,
    starts_at: datetime,
    lost: Exception,
    moving: Booking | None = None,
) -> dict[str, Any]:
    """The time is gone, or never was one: those nearest to it."""
    around = ((starts_at, starts_at + timedelta(minutes=1)),)
    wanted = Wanted(service=str(service.id), windows=around, refused=starts_at)
    found = await find(connection, context.workspace_id, _asker(context), wanted, place=place, moving=moving)
    taken = isinstance(lost, SlotTaken)
    why = "somebody else was first" if taken else "this time cannot be booked"
    return {"why": why, "taken": taken, "wanted": place.said(starts_at), **_told_offer(found)}
