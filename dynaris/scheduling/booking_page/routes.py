"""`/book/{slug}`: service, person, day, time, details."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.contacts.names import readable_name
from dynaris.contacts.suppression import hasher
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.http import Db
from dynaris.scheduling import actions, queries
from dynaris.scheduling.booking_page import html
from dynaris.scheduling.booking_page.asking import (
    BOOKINGS,
    HOLDS,
    Fields,
    Named,
    OpenPlace,
    PageRoute,
    faster,
    limit,
    moment,
    only,
    to,
    vault,
)
from dynaris.scheduling.booking_page.frame import frame
from dynaris.scheduling.booking_page.place import Place, free_days
from dynaris.scheduling.booking_page.taking import (
    MOST_AHEAD,
    VISITOR,
    Details,
    EnoughBookings,
    book_held,
    hold_time,
    new_visit,
)
from dynaris.scheduling.schemas import Booking, Service

router = APIRouter(prefix="/book/{slug}", include_in_schema=False, route_class=PageRoute)
_GIVEN_BACK = "the visitor chose another time"


@router.get("")
async def services_page(place: OpenPlace, db: Db) -> Response:
    async with db.workspace(place.id) as connection:
        services = await queries.services(connection, place.id)
    offered = [service for service in services if service.staff_ids]
    return frame(place, place.words["book"], html.service_list(place, offered), step="step_service")


@router.get("/{service_id}")
async def times_page(
    place: OpenPlace,
    db: Db,
    *,
    service_id: UUID,
    staff: UUID | None = None,
    day: date | None = None,
    since: Annotated[date | None, Query()] = None,
) -> Response:
    async with db.workspace(place.id) as connection:
        service = await _service(connection, place, service_id)
        people = await _people(connection, place, service)
        if staff not in (None, *(person.id for person in people)):
            staff = None
        days = await free_days(connection, place, service, since=since, now=clock.now(), staff_id=staff)
    path = f"/book/{place.slug}/{service.id}"
    kept = {"staff": str(staff)} if staff else {}
    shown = day if day in days.times else next(iter(days.times), None)
    body = [f'<p><a href="/book/{place.slug}">{place.words["back"]}</a></p>']
    body.append(html.people_choice(place, path, people, str(staff) if staff else None))
    body.append(html.day_choice(place, path, days, chosen=shown, keep=kept, since=since))
    if shown:
        fields = html.hidden(visit=new_visit(), **kept)
        body.append(html.time_choice(place, path, days.times[shown], fields))
    return frame(place, service.name, "".join(body), step="step_time")


async def _service(connection: Connection, place: Place, service_id: UUID) -> Service:
    service = await queries.get_service(connection, place.id, service_id)
    if not service.enabled:
        raise NotFound("this service cannot be booked")
    return service


async def _people(connection: Connection, place: Place, service: Service) -> list[Any]:
    if not place.settings.choose_person:
        return []
    everybody = await queries.people(connection, place.id)
    return [person for person in everybody if person.id in service.staff_ids]


@router.post("/{service_id}")
async def keep_time(request: Request, place: OpenPlace, db: Db, service_id: UUID, fields: Fields) -> Response:
    """The chosen time is kept while its visitor says who they are."""
    limit(request, place, "holds", HOLDS)
    starts_at, staff = moment(fields.get("starts_at", "")), _staff(place, fields)
    try:
        async with db.transaction(place.id) as connection:
            held = await hold_time(
                connection,
                place.id,
                service_id=service_id,
                staff_id=staff,
                starts_at=starts_at,
                visit=fields.get("visit", ""),
                now=clock.now(),
            )
    except Conflict as error:
        action = f"/book/{place.slug}/{service_id}"
        return await faster(
            db,
            place,
            error,
            service_id=service_id,
            staff_id=staff,
            starts_at=starts_at,
            action=action,
            fields=only(fields, "visit", "staff"),
        )
    return to(place, "details", vault(request), held)


def _staff(place: Place, fields: dict[str, str]) -> UUID | None:
    try:
        return UUID(fields["staff"]) if place.settings.choose_person and fields.get("staff") else None
    except ValueError:
        raise InvalidInput("`staff` is an id") from None


@router.get("/details/{token}")
async def details_page(request: Request, place: OpenPlace, db: Db, token: str, booking_id: Named) -> Response:
    async with db.workspace(place.id) as connection:
        booking = await queries.get_booking(connection, place.id, booking_id)
        asks = (await queries.get_service(connection, place.id, booking.service_id)).needs_confirmation
    if booking.reason == _GIVEN_BACK:  # the browser went back
        return RedirectResponse(f"/book/{place.slug}/{booking.service_id}", 303)
    if booking.status not in ("held", "expired"):
        return to(place, "yours", vault(request), booking)
    return _details(place, booking, token, None, asks=asks)


def _details(
    place: Place,
    booking: Booking,
    token: str,
    given: Details | None,
    *,
    asks: bool,
    wrong: list[str] | None = None,
) -> Response:
    now, action = clock.now(), f"/book/{place.slug}/details/{token}"
    until = booking.held_until or now
    body = [html.summary(place, booking), html.kept(place, until)]
    if wrong:
        faults = "".join(f"<li>{fault}</li>" for fault in wrong)
        body.append(f'<div class="error" role="alert"><p>{place.words["wrong"]}</p><ul>{faults}</ul></div>')
    body.append(html.details_form(place, action, given, asks=asks))
    body.append(html.button(f"{action}/release", place.words["other_time"]))
    return frame(
        place,
        place.words["book"],
        "".join(body),
        step="step_details",
        status=422 if wrong else 200,
        expires=html.seconds_until(until, now),
    )


@router.post("/details/{token}")
async def confirm(
    request: Request, place: OpenPlace, db: Db, *, token: str, booking_id: Named, fields: Fields
) -> Response:
    """Sent twice it is one booking. `starts_at`: another time, after somebody was faster."""
    limit(request, place, "bookings", BOOKINGS)
    given, wrong = _details_in(place, fields)
    async with db.workspace(place.id) as connection:
        held = await queries.get_booking(connection, place.id, booking_id)
        asks = (await queries.get_service(connection, place.id, held.service_id)).needs_confirmation
    if held.created_by != VISITOR:
        raise NotFound("this is no hold of this page")
    if wrong:
        return _details(place, held, token, given, asks=asks, wrong=wrong)
    starts_at = held.starts_at
    try:
        async with db.transaction(place.id) as connection:
            now, chosen = clock.now(), held
            if "starts_at" in fields and held.status in ("held", "expired", "cancelled"):
                starts_at = moment(fields["starts_at"])
                chosen = await hold_time(
                    connection,
                    place.id,
                    service_id=held.service_id,
                    staff_id=None,
                    starts_at=starts_at,
                    visit=f"again-{booking_id.hex}",
                    now=now,
                )
            hashed = hasher(vault(request))
            booked = await book_held(connection, place.id, chosen.id, given, hashed=hashed, now=now)
    except EnoughBookings:
        fault = place.words["too_many_bookings"].format(count=MOST_AHEAD)
        return _details(place, held, token, given, asks=asks, wrong=[fault])
    except Conflict as error:
        action = f"/book/{place.slug}/details/{token}"
        typed = only(fields, "name", "email", "phone", "note")
        return await faster(
            db,
            place,
            error,
            service_id=held.service_id,
            staff_id=None,
            starts_at=starts_at,
            action=action,
            fields=typed,
        )
    return to(place, "yours", vault(request), booked)


def _details_in(place: Place, fields: dict[str, str]) -> tuple[Details, list[str]]:
    """And what is wrong with them. A machine fills in what no person sees."""
    wrong: list[str] = []
    name = readable_name(fields.get("name", "")[:100])
    if not name:
        wrong.append(place.words["missing_name"])
    email = fields.get("email", "").strip()
    try:
        normalise(AddressKind.EMAIL, email)
    except InvalidInput:
        wrong.append(place.words["wrong_email"])
    if fields.get("website"):
        wrong.append(place.words["leave_empty"])
    note = "".join(one for one in fields.get("note", "")[:2_000] if one in "\n\t" or one.isprintable()).strip()
    phone = readable_name(fields.get("phone", "")[:40]) or ""
    return Details(name or "", email[:254], phone, note, place.language), wrong


@router.post("/details/{token}/release")
async def release(place: OpenPlace, db: Db, token: str, booking_id: Named) -> Response:  # noqa: ARG001 - of the path
    async with db.transaction(place.id) as connection:
        booking = await queries.get_booking(connection, place.id, booking_id)
        if booking.status == "held" and booking.created_by == VISITOR:
            await actions.cancel(connection, place.id, booking_id, reason=_GIVEN_BACK, by=VISITOR, now=clock.now())
    return RedirectResponse(f"/book/{place.slug}/{booking.service_id}", 303)
