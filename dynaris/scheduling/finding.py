"""From a wish in words to at most three slots that can be offered, and what is to be said about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.choosing import fitting, nearest
from dynaris.scheduling.dates import Window, Wish, find_dates
from dynaris.scheduling.invitation_words import Language, language_of, when_in_words
from dynaris.scheduling.queries import people, services
from dynaris.scheduling.schemas import Booking, CalendarPerson, Service, Slot
from dynaris.scheduling.service_words import named_services, names_another
from dynaris.workspaces.opening_hours import is_zone, zone

_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_NAME = 4  # words
_MOST_FREE = 400  # slots that one offer is chosen from
_AROUND = timedelta(days=10)  # how far before a wish the nearest may lie
_BEYOND = timedelta(days=21)
_FIRST_DAYS = timedelta(days=14)  # looked at where nothing was said about when

_BUSINESS = """SELECT w.timezone, w.language, c.timezone AS contact_timezone, c.language AS contact_language
    FROM workspace w LEFT JOIN contact c ON c.workspace_id = %(ws)s AND c.id = %(contact)s WHERE w.id = %(ws)s"""
_LAST_SERVICE = """SELECT service_id FROM booking WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
      AND (%(all)s OR conversation_id = %(conversation)s) AND status IN ('confirmed', 'completed', 'pending')
    ORDER BY starts_at DESC LIMIT 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who wants a time, and how far they are known."""

    contact_id: UUID
    conversation_id: UUID
    proven: bool  # to be the contact: bookings of other conversations may be told
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """In which words and zones times are told."""

    timezone: str  # the business's
    shown_timezone: str  # the contact's
    language: Language
    business_language: str

    def said(self, moment: datetime) -> str:
        """Weekday, date and time; with the zone where it is not the business's."""
        words = when_in_words(moment, self.shown_timezone, self.language)
        return words if self.shown_timezone == self.timezone else f"{words} ({self.shown_timezone})"

    def local(self, moment: datetime) -> str:
        return moment.astimezone(zone(self.timezone)).isoformat(timespec="minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for, as it was said."""

    service: str | None = None
    before: str | None = None  # where the service may have been named earlier
    wish: str | None = None
    windows: tuple[tuple[datetime, datetime], ...] = ()
    person: str | None = None
    words: str | None = None  # instead of `person`: among them somebody may be named
    refused: datetime | None = None  # a start that cannot be had, so it is not offered again


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    place: Place
    services: list[Service]  # all that can be booked
    service: Service | None = None  # that the slots are of
    assumed: bool = False  # nobody named it
    unclear: tuple[Service, ...] = ()  # that the words fit alike
    slots: tuple[Slot, ...] = ()
    fits: bool = True  # the slots are as wished; else the nearest
    wish: Wish | None = None
    person: str | None = None  # with whom the slots are, where somebody was named
    person_unknown: bool = False


async def place_of(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    *,
    language: str | None = None,
    timezone: str | None = None,
) -> Place:
    cursor = await connection.execute(_BUSINESS, {"ws": workspace_id, "contact": contact_id})
    row = await cursor.fetchone()
    assert row is not None
    shown = next((name for name in (timezone, row["contact_timezone"]) if name and is_zone(name)), row["timezone"])
    return Place(
        timezone=row["timezone"],
        shown_timezone=shown,
        language=language_of(language, row["contact_language"], row["language"]),
        business_language=row["language"],
    )


async def find(
    connection: Connection,
    workspace_id: UUID,
    asker: Asker,
    wanted: Wanted,
    *,
    place: Place,
    moving: Booking | None = None,
) -> Found:
    """`moving`: the booking that goes to another time; its own time counts as free, its service is meant."""
    offered = await services(connection, workspace_id)
    service, assumed, unclear = await _meant(connection, workspace_id, asker, wanted, offered=offered, moving=moving)
    found = Found(place=place, services=offered, service=service, assumed=assumed, unclear=tuple(unclear))
    if service is None:
        return found
    wish = _wish(wanted, asker.now, place)
    staff = person_named(wanted.person or wanted.words, await people(connection, workspace_id), service)
    search = _Search(connection, workspace_id, service, staff, moving, asker.now, wanted.refused)
    slots, fits = await _chosen(search, wish, asker.now)
    return Found(
        place=place,
        services=offered,
        service=service,
        assumed=assumed,
        slots=tuple(slots),
        fits=fits,
        wish=wish,
        person=staff.name if staff else None,
        person_unknown=staff is None and 0 < len((wanted.person or "").split()) <= _LONGEST_NAME,
    )


async def _meant(
    connection: Connection,
    workspace_id: UUID,
    asker: Asker,
    wanted: Wanted,
    *,
    offered: Sequence[Service],
    moving: Booking | None,
) -> tuple[Service | None, bool, Sequence[Service]]:
    """The service; whether it is a guess; those that the words fit alike. A guess is what the contact had last, else
    the first of the business's list: the offer names it, so that another one can be asked for. Nobody who names what
    is not there gets a guess."""
    if moving:
        return next((one for one in offered if one.id == moving.service_id), None), False, ()
    if len(offered) <= 1:
        return (offered[0] if offered else None), False, ()
    named = named_services(offered, wanted.service or "") or named_services(offered, wanted.wish or "")
    if len(named) == 1:
        return named[0], False, ()
    if named and len(named) < len(offered):
        return None, False, named
    if not named and names_another(offered, f"{wanted.service or ''} {wanted.wish or ''}"):
        return None, False, ()
    earlier = named_services(offered, wanted.before or "")
    if len(earlier) == 1:
        return earlier[0], False, ()
    cursor = await connection.execute(
        _LAST_SERVICE,
        {
            "ws": workspace_id,
            "contact": asker.contact_id,
            "all": asker.proven,
            "conversation": asker.conversation_id,
        },
    )
    row = await cursor.fetchone()
    last = next((one for one in offered if row and one.id == row["service_id"]), None)
    return last or offered[0], True, ()


def _wish(wanted: Wanted, now: datetime, place: Place) -> Wish:
    if wanted.windows:
        windows = [Window(max(start, now), end) for start, end in wanted.windows if max(start, now) < end]
        return Wish(windows=tuple(windows), gone=not windows)
    return find_dates(wanted.wish or "", now=now, timezone=place.timezone, language=place.business_language)


def person_named(said: str | None, everybody: Sequence[CalendarPerson], service: Service) -> CalendarPerson | None:
    """Who of those that give the service is named, by id, or by a name or first name among the words."""
    words = {word for word in _WORD.findall((said or "").casefold()) if len(word) > 2}
    for one in everybody:
        names = {name for name in _WORD.findall(one.name.casefold()) if len(name) > 2}
        if one.id in service.staff_ids and (str(one.id) == said or words & names):
            return one
    return None


@dataclass(frozen=True, slots=True)
class _Search:
    connection: Connection
    workspace_id: UUID
    service: Service
    staff: CalendarPerson | None
    moving: Booking | None
    now: datetime
    refused: datetime | None

    async def free(self, windows: Sequence[tuple[datetime, datetime]]) -> list[Slot]:
        slots = await free_slots(
            self.connection,
            self.workspace_id,
            service_id=self.service.id,
            windows=windows,
            now=self.now,
            staff_id=self.staff.id if self.staff else None,
            limit=_MOST_FREE,
            without=self.moving.id if self.moving else None,
            prefer=self.moving.staff_id if self.moving else None,
        )
        kept = {self.refused, self.moving.starts_at if self.moving else None}
        slots = [slot for slot in slots if slot.starts_at not in kept]
        return [slot.model_copy(update={"starts_at": slot.starts_at.astimezone(zone(slot.timezone))}) for slot in slots]


async def _chosen(search: _Search, wish: Wish, now: datetime) -> tuple[list[Slot], bool]:
    windows = [(window.start, window.end) for window in wish.windows]
    if windows and (slots := await search.free(windows)):
        return fitting(slots, wish), True
    if not windows:
        slots = await search.free([(now, now + _FIRST_DAYS)]) or await search.free([(now, now + 5 * _FIRST_DAYS)])
        return nearest(_not_avoided(slots, wish), ()), not wish.gone
    earliest, latest = min(start for start, _ in windows), max(end for _, end in windows)
    around = (max(now, earliest - _AROUND), latest + _BEYOND)
    slots = _not_avoided(await search.free([*map(_whole_days, windows), around]), wish)
    if not slots:  # the wish lies beyond what can be booked at all
        slots = _not_avoided(await search.free([(now, latest + _BEYOND)]), wish)
    return nearest(slots, wish.windows), False


def _whole_days(window: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    """Looked at first: another hour of the day is nearer than other days, however many times those have."""
    start, end = (datetime.combine(moment, time(), moment.tzinfo) for moment in window)
    return start, end + timedelta(days=1)


def _not_avoided(slots: Sequence[Slot], wish: Wish) -> list[Slot]:
    return [slot for slot in slots if not any(one.start <= slot.starts_at < one.end for one in wish.avoided)]


def told_slot(slot: Slot, place: Place) -> dict[str, Any]:
    return {
        "said": place.said(slot.starts_at),
        "starts_at": place.local(slot.starts_at),
        "with": slot.staff,
        "staff_id": str(slot.staff_id),
    }


def told_service(service: Service) -> dict[str, Any]:
    price = service.model_dump(mode="json")["price"]
    return {
        "id": str(service.id),
        "name": service.name,
        "duration_minutes": service.duration_minutes,
        "price": f"{price} {service.currency}" if price is not None and service.currency else price,
    }
