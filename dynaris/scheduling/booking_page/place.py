"""The workspace whose page is asked for, and what a visitor sees of its calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dynaris.core.db import Connection, Database
from dynaris.core.errors import NotFound
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.booking_page.words import WORDS, wanted_language
from dynaris.scheduling.booking_settings import BookingSettings
from dynaris.scheduling.hours import instant
from dynaris.scheduling.invitation_words import Language
from dynaris.scheduling.schemas import Service, Slot
from dynaris.workspaces.opening_hours import zone
from dynaris.workspaces.queries import workspace_by_slug

WEEKS = 4  # that one page shows
_MOST_SLOTS = 4_000
_LONGEST_SLUG = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace, in the visitor's language."""

    id: UUID
    slug: str
    name: str
    timezone: str
    profile: dict[str, Any]
    settings: BookingSettings
    language: Language

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.language]

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.timezone)


@dataclass(frozen=True, slots=True)
class Days:
    """Free times of some weeks, by day; where there are earlier and later weeks to look at."""

    times: dict[date, list[Slot]]
    earlier: date | None
    later: date | None


async def place_of(db: Database, slug: str, accept_language: str) -> Place:
    """Raises `NotFound`."""
    if len(slug) > _LONGEST_SLUG:
        raise NotFound("there is no such page")
    workspace_id = await workspace_by_slug(db, slug)
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT slug, name, timezone, language, profile, booking FROM workspace WHERE id = %s", (workspace_id,)
        )
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("there is no such page")
    return Place(
        workspace_id,
        row["slug"],
        row["name"],
        row["timezone"],
        row["profile"],
        BookingSettings(**row["booking"]),
        wanted_language(accept_language, row["language"]),
    )


async def free_days(
    connection: Connection,
    place: Place,
    service: Service,
    *,
    since: date | None,
    now: datetime,
    staff_id: UUID | None = None,
    without: UUID | None = None,
) -> Days:
    """From the week asked for, or the first weeks in which something is free."""
    today = now.astimezone(place.zone).date()
    last = today + timedelta(days=min(service.maximum_advance_days, 3_650))
    begin = min(max(since or today, today), last)
    while True:
        end = begin + timedelta(weeks=WEEKS)
        slots = await free_slots(
            connection,
            place.id,
            service_id=service.id,
            windows=[(instant(begin, 0, place.zone), instant(end, 0, place.zone))],
            now=now,
            staff_id=staff_id,
            limit=_MOST_SLOTS,
            without=without,
        )
        if slots or since or end > last or end > today + timedelta(weeks=6 * WEEKS):
            break
        begin = end
    times: dict[date, list[Slot]] = {}
    for slot in slots:
        times.setdefault(slot.starts_at.astimezone(place.zone).date(), []).append(slot)
    return Days(
        times, max(begin - timedelta(weeks=WEEKS), today) if begin > today else None, end if end <= last else None
    )
