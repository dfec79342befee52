"""Whether a time can be taken: a service's rules, a person's hours, and what others have booked."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from dynaris.core.db import Connection
from dynaris.core.errors import NotBookable, SlotTaken
from dynaris.scheduling.offer import Offer, Person, Times, taken, works
from dynaris.workspaces.opening_hours import zone


async def lock_people(connection: Connection, workspace_id: UUID, people: Iterable[UUID]) -> None:
    """Until the transaction ends, or the part of it that is rolled back."""
    await connection.execute(
        """SELECT 1 FROM calendar_person WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        (workspace_id, list(people)),
    )


async def check(
    connection: Connection,
    workspace_id: UUID,
    offer: Offer,
    person: Person,
    *,
    times: Times,
    now: datetime,
    promised: bool = False,
    overrule: bool = False,
    without: UUID | None = None,
) -> None:
    """Whether a person can be booked then. `promised`: the notice was kept when the time was held."""
    if not overrule:
        _check_rules(offer, person, times, now, promised=promised)
    gone = await taken(
        connection,
        workspace_id,
        [person.id],
        since=times.busy_from,
        until=times.busy_until,
        now=now,
        without=without,
    )
    if not gone[person.id].is_free(times.busy_from, times.busy_until):
        raise gone_slot(times, offer.timezone)


def _check_rules(offer: Offer, person: Person, times: Times, now: datetime, *, promised: bool) -> None:
    said = in_words(times.starts_at, offer.timezone)
    if times.starts_at <= now:
        raise NotBookable(f"{said} is over")
    if not promised and times.starts_at < now + offer.notice:
        minutes = offer.notice // timedelta(minutes=1)
        raise NotBookable(f"{offer.service} is booked at least {minutes} minutes ahead; {said} is sooner")
    if not promised and times.starts_at > now + offer.advance:
        raise NotBookable(f"{offer.service} is booked at most {offer.advance.days} days ahead; {said} is later")
    if not works(offer, person, times):
        raise NotBookable(f"{person.name} does not work at {said} for so long")


def gone_slot(times: Times, timezone: str) -> SlotTaken:
    said = in_words(times.starts_at, timezone)
    return SlotTaken(f"{said} is taken: somebody else was first. GET /api/availability shows what is free")


def in_words(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(zone(timezone)):%Y-%m-%d %H:%M} {timezone}"


@asynccontextmanager
async def taking() -> AsyncIterator[None]:
    """Around the statement that takes a time: the constraint's no is somebody else's booking."""
    try:
        yield
    except psycopg.errors.ExclusionViolation as error:
        raise SlotTaken(
            "this time is taken: somebody else was first. GET /api/availability shows what is free"
        ) from error
