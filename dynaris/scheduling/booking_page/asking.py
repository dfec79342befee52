"""What the routes of the booking page share: whose page it is, how often it may be asked, errors as pages."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.core.errors import Conflict, DynarisError, InvalidInput, NotFound, SlotTaken, TooManyRequests
from dynaris.core.http import Db
from dynaris.core.pace import Limit, Pace, network_of
from dynaris.scheduling import links
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.booking_page import html
from dynaris.scheduling.booking_page.frame import frame
from dynaris.scheduling.booking_page.place import Place, place_of
from dynaris.scheduling.booking_page.words import WORDS, wanted_language
from dynaris.scheduling.schemas import Booking

WINDOW_SECONDS = 600
_LOOKS, HOLDS, BOOKINGS, _ALL_HOLDS = 300, 20, 10, 300  # in one window, of one network or of all
_MOST_BODY = 20_000
_MOST_FIELDS = 20
_OTHER_TIMES = 6
_FARTHEST = timedelta(days=3_650)

_pace = Pace(WINDOW_SECONDS)


class PageRoute(APIRoute):
    """Errors are pages, too, in the visitor's language."""

    max_body_size = _MOST_BODY

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError:
                return _error_page(request, NotFound("there is no such page"))
            except DynarisError as error:
                return _error_page(request, error)

        return answer


def _error_page(request: Request, error: DynarisError) -> Response:
    language = wanted_language(request.headers.get("accept-language", ""), "en")
    words = WORDS[language]
    if isinstance(error, TooManyRequests):
        wait = int(error.extra.get("retry_after") or WINDOW_SECONDS)
        text = words["too_many_text"].format(minutes=max(wait // 60, 1))
        page = frame(None, words["too_many"], f"<p>{text}</p>", status=429, language=language)
        page.headers["Retry-After"] = str(wait)
        return page
    if error.status == 409:
        return frame(None, words["your_appointment"], f"<p>{words['too_late']}</p>", status=409, language=language)
    status = error.status if error.status >= 500 else 404
    return frame(None, words["not_found"], f"<p>{words['not_found_text']}</p>", status=status, language=language)


async def _place(request: Request, slug: str, db: Db) -> Place:
    """Of anybody's page; a private address works also where the page is switched off."""
    peer = network_of(request.client.host) if request.client else ""
    _pace.check(Limit(f"look {peer}", _LOOKS, "pages in ten minutes"))
    return await place_of(db, slug, request.headers.get("accept-language", ""))


AnyPlace = Annotated[Place, Depends(_place)]


async def _open_place(place: AnyPlace) -> Place:
    if not place.settings.page:
        raise NotFound("this page is switched off")
    return place


OpenPlace = Annotated[Place, Depends(_open_place)]


def vault(request: Request) -> Vault:
    return request.app.state.services.accounts.vault


async def _named(request: Request, place: AnyPlace, token: str) -> UUID:
    named = links.read_token(vault(request), token)
    if named is None or named.workspace_id != place.id:
        raise NotFound("nothing has this address")
    return named.booking_id


Named = Annotated[UUID, Depends(_named)]


async def _fields(request: Request) -> dict[str, str]:
    try:
        return dict(parse_qsl((await request.body()).decode(), max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidInput("this is not a form of these pages") from None


Fields = Annotated[dict[str, str], Depends(_fields)]


def limit(request: Request, place: Place, what: str, most: int) -> None:
    peer = network_of(request.client.host) if request.client else ""
    _pace.check(
        Limit(f"{what} {place.id} {peer}", most, f"{what} in ten minutes from one network"),
        Limit(f"{what} {place.id}", _ALL_HOLDS, f"{what} in ten minutes"),
    )


def moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - is refused, as all without a zone
    if moment.tzinfo is None or abs(moment - clock.now()) > _FARTHEST:
        raise InvalidInput("a time is like 2026-11-24T09:00:00Z")
    return moment.astimezone(UTC)


def only(fields: dict[str, str], *names: str) -> str:
    return html.hidden(**{name: fields[name][:2_000] for name in names if fields.get(name)})


def to(place: Place, page: str, vault: Vault, booking: Booking) -> Response:
    return RedirectResponse(f"/book/{place.slug}/{page}/{links.token_of(vault, place.id, booking.id)}", 303)


async def faster(
    db: Db,
    place: Place,
    error: Conflict,
    *,
    service_id: UUID,
    staff_id: UUID | None,
    starts_at: datetime,
    action: str,
    fields: str = "",
) -> Response:
    """Somebody else has the time: what is free around it."""
    words, now = place.words, clock.now()
    async with db.workspace(place.id) as connection:
        begin = max(starts_at - timedelta(hours=3), now)
        windows = [(begin, begin + timedelta(days=21))]
        slots = await free_slots(
            connection, place.id, service_id=service_id, windows=windows, now=now, staff_id=staff_id, limit=_OTHER_TIMES
        )
    taken = isinstance(error, SlotTaken)
    said = words["taken_text" if taken else "not_bookable"]
    listed = html.other_times(place, action, slots, fields) if slots else f"<p>{words['no_times']}</p>"
    more = f'<p><a href="/book/{place.slug}/{service_id}">{words["other_time"]}</a></p>'
    title = words["taken" if taken else "choose_time"]
    return frame(place, title, f'<p role="alert">{said}</p>{listed}{more}', status=409)
