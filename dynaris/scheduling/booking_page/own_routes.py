"""A booking's private address: what was booked, its file for calendars, moved and cancelled within the rules."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.http import Db
from dynaris.scheduling import actions, links, queries
from dynaris.scheduling.availability import who_takes
from dynaris.scheduling.booking_page import html
from dynaris.scheduling.booking_page.asking import (
    HOLDS,
    AnyPlace,
    Fields,
    Named,
    PageRoute,
    faster,
    limit,
    moment,
    to,
    vault,
)
from dynaris.scheduling.booking_page.frame import frame
from dynaris.scheduling.booking_page.place import Place, free_days
from dynaris.scheduling.booking_page.taking import (
    VISITOR,
    may_change,
    require_change,
    tell_team_of_change,
)
from dynaris.scheduling.calendar_file import Entry, calendar_text
from dynaris.scheduling.schemas import Booking

router = APIRouter(prefix="/book/{slug}", include_in_schema=False, route_class=PageRoute)


@router.get("/yours/{token}")
async def yours(request: Request, place: AnyPlace, db: Db, token: str, booking_id: Named) -> Response:
    words, now = place.words, clock.now()
    async with db.workspace(place.id) as connection:
        booking = await queries.get_booking(connection, place.id, booking_id)
        if booking.status in ("held", "expired"):
            if not place.settings.page or booking.created_by != VISITOR:
                raise NotFound("this is no booking")
            return to(place, "details", vault(request), booking)
        sent_to = await _sent_to(connection, place, booking_id)
    path = f"/book/{place.slug}/yours/{token}"
    body = [html.summary(place, booking, status=True)]
    if booking.status in ("pending", "confirmed") and booking.ends_at > now:
        said = words["asked_text" if booking.status == "pending" else "booked_text"]
        body.insert(0, f"<p>{said.format(address=sent_to)}</p>" if sent_to else f"<p>{words['no_mail']}</p>")
        body.append(f'<p><a class="go" href="{path}/calendar.ics">{words["download"]}</a></p>')
        body.append(_changes(place, booking, path, now))
    if place.settings.page:
        body.append(f'<p><a href="/book/{place.slug}">{words["again"]}</a></p>')
    title = _title(booking, now)
    return frame(place, words[title], "".join(body), step="step_done" if title in ("asked", "booked") else None)


def _title(booking: Booking, now: datetime) -> str:
    if booking.status == "cancelled":
        return "cancelled"
    if booking.ends_at <= now:
        return "over"
    return "asked" if booking.status == "pending" else "booked"


def _changes(place: Place, booking: Booking, path: str, now: datetime) -> str:
    words = place.words
    if not may_change(booking, place.settings, now):
        return f'<p class="hint">{words["too_late"]}</p>'
    return (
        f'<p class="row"><a href="{path}/move">{words["move"]}</a><a href="{path}/cancel">{words["cancel"]}</a></p>'
        f'<p class="hint">{words["keep_link"]}</p>'
    )


async def _sent_to(connection: Connection, place: Place, booking_id: UUID) -> str | None:
    """Where the mail went, for eyes over shoulders only in part."""
    cursor = await connection.execute(
        """SELECT address FROM booking_invitation WHERE workspace_id = %s AND booking_id = %s AND audience = 'contact'
             AND not_sent IS NULL AND sequence IS NOT NULL""",
        (place.id, booking_id),
    )
    row = await cursor.fetchone()
    if row is None or not row["address"]:
        return None
    local, _, domain = row["address"].rpartition("@")
    return html.escape(f"{local[:2]}…@{domain}")


@router.get("/yours/{token}/calendar.ics")
async def download(place: AnyPlace, db: Db, booking_id: Named) -> Response:
    async with db.workspace(place.id) as connection:
        booking = await queries.get_booking(connection, place.id, booking_id)
    if booking.status not in ("pending", "confirmed", "completed"):
        raise NotFound("there is no such appointment (any more)")
    entry = Entry(
        booking_id=booking.id,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        changed_at=booking.updated_at,
        summary=f"{booking.service} · {place.name}",
        location=place.profile.get("postal_address") or "",
        url=links.address_of(place.slug, place.id, booking.id),
        status="TENTATIVE" if booking.status == "pending" else "CONFIRMED",
    )
    headers = {
        "Content-Disposition": 'attachment; filename="appointment.ics"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(calendar_text(entry, "PUBLISH"), media_type="text/calendar; charset=utf-8", headers=headers)


async def _changeable(db: Db, place: Place, booking_id: UUID) -> Booking:
    async with db.workspace(place.id) as connection:
        booking = await queries.get_booking(connection, place.id, booking_id)
    require_change(booking, place.settings, clock.now())
    return booking


@router.get("/yours/{token}/cancel")
async def ask_to_cancel(place: AnyPlace, db: Db, token: str, booking_id: Named) -> Response:
    """Opening a link cancels nothing: programs open what stands in mails."""
    booking = await _changeable(db, place, booking_id)
    path, words = f"/book/{place.slug}/yours/{token}", place.words
    body = html.summary(place, booking) + html.button(f"{path}/cancel", words["cancel_yes"], look="go danger")
    return frame(place, words["cancel_sure"], f'{body}<p><a href="{path}">{words["back"]}</a></p>')


@router.post("/yours/{token}/cancel")
async def cancel(place: AnyPlace, db: Db, token: str, booking_id: Named) -> Response:
    async with db.transaction(place.id) as connection:
        booking, now = await queries.get_booking(connection, place.id, booking_id), clock.now()
        if booking.status != "cancelled":
            require_change(booking, place.settings, now)
            ended = await actions.cancel(connection, place.id, booking_id, by=f"contact:{booking.contact_id}", now=now)
            await tell_team_of_change(connection, place.id, ended)
    return RedirectResponse(f"/book/{place.slug}/yours/{token}", 303)


@router.get("/yours/{token}/move")
async def move_page(
    place: AnyPlace,
    db: Db,
    *,
    token: str,
    booking_id: Named,
    day: date | None = None,
    since: date | None = None,
) -> Response:
    booking = await _changeable(db, place, booking_id)
    async with db.workspace(place.id) as connection:
        days = await free_days(
            connection,
            place,
            await queries.get_service(connection, place.id, booking.service_id),
            since=since,
            now=clock.now(),
            staff_id=await _stays_with(connection, place, booking),
            without=booking.id,
        )
    path = f"/book/{place.slug}/yours/{token}"
    shown = day if day in days.times else next(iter(days.times), None)
    body = [
        html.summary(place, booking),
        html.day_choice(place, f"{path}/move", days, chosen=shown, keep={}, since=since),
    ]
    if shown:
        body.append(html.time_choice(place, f"{path}/move", days.times[shown]))
    body.append(f'<p><a href="{path}">{place.words["back"]}</a></p>')
    return frame(place, place.words["move"], "".join(body))


async def _stays_with(connection: Connection, place: Place, booking: Booking) -> UUID | None:
    """Whom it is with, while they still give the service: else whoever is free takes it over."""
    everybody = await queries.people(connection, place.id)
    gives = any(person.id == booking.staff_id and booking.service_id in person.service_ids for person in everybody)
    return booking.staff_id if gives else None


@router.post("/yours/{token}/move")
async def move(request: Request, place: AnyPlace, db: Db, *, token: str, booking_id: Named, fields: Fields) -> Response:
    limit(request, place, "moves", HOLDS)
    starts_at, booking = moment(fields.get("starts_at", "")), await _changeable(db, place, booking_id)
    now = clock.now()
    async with db.workspace(place.id) as connection:
        stays_with = await _stays_with(connection, place, booking)
        staff_id = stays_with or await who_takes(connection, place.id, booking, starts_at, now=now)
    try:
        async with db.transaction(place.id) as connection:
            moved = await actions.reschedule(
                connection,
                place.id,
                booking_id,
                starts_at=starts_at,
                staff_id=staff_id,
                by=f"contact:{booking.contact_id}",
                now=now,
            )
            if moved.sequence != booking.sequence:
                await tell_team_of_change(connection, place.id, moved)
    except Conflict as error:
        action = f"/book/{place.slug}/yours/{token}/move"
        return await faster(
            db,
            place,
            error,
            service_id=booking.service_id,
            staff_id=stays_with,
            starts_at=starts_at,
            action=action,
        )
    return RedirectResponse(f"/book/{place.slug}/yours/{token}", 303)
