"""When people are busy elsewhere: what an outside calendar says, kept here so that free slots leave it out.

A connector to Google, Outlook or CalDAV fills this table for the people who have connected their calendar. It says
what it knows of a stretch of time; `refresh` makes the table say the same. Free slots, holds and confirmations read
the table only, so a calendar that does not answer slows nobody down.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.scheduling.hours import Interval
from dynaris.scheduling.rules import lock_people

_MOST_TIMES = 5_000  # of one person, source and stretch


class OutsideCalendar(Protocol):
    """One person's calendar elsewhere."""

    source: str  # permanent, like "google:ada@example.com": what it says replaces what it said before

    async def busy_times(self, since: datetime, until: datetime) -> Sequence[Interval]:
        """When the person is busy, but for what we put there ourselves. Asks the network: no transaction is open."""
        ...


async def refresh(
    db: Database, workspace_id: UUID, staff_id: UUID, calendar: OutsideCalendar, *, since: datetime, until: datetime
) -> None:
    """Asks a calendar and keeps what it says; when it cannot be asked, what it said last stays."""
    times = await calendar.busy_times(since, until)
    async with db.transaction(workspace_id) as connection:
        await keep(connection, workspace_id, staff_id, source=calendar.source, times=times, since=since, until=until)


async def keep(
    connection: Connection,
    workspace_id: UUID,
    staff_id: UUID,
    *,
    source: str,
    times: Sequence[Interval],
    since: datetime,
    until: datetime,
) -> None:
    """From now on a person is busy then, by this source, in the stretch from `since` to `until`; what is booked stays.

    Raises `NotFound`, and `InvalidInput` for times that end before they begin or are too many.
    """
    if len(times) > _MOST_TIMES:
        raise InvalidInput(f"expected at most {_MOST_TIMES} busy times, got {len(times)}")
    if any(begin >= end for begin, end in times):
        raise InvalidInput("a busy time ends after it begins")
    async with connection.transaction():
        await lock_people(connection, workspace_id, [staff_id])  # nobody books in between
        known = await connection.execute(
            "SELECT 1 FROM calendar_person WHERE workspace_id = %s AND id = %s", (workspace_id, staff_id)
        )
        if await known.fetchone() is None:
            raise NotFound(f"nobody {staff_id} has a calendar")
        await connection.execute(
            """DELETE FROM busy_time WHERE workspace_id = %s AND staff_id = %s AND source = %s
               AND ends_at > %s AND starts_at < %s""",
            (workspace_id, staff_id, source, since, until),
        )
        await connection.execute(
            """INSERT INTO busy_time (workspace_id, id, staff_id, source, starts_at, ends_at)
               SELECT %s, id, %s, %s, begins, ends
               FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS t (id, begins, ends)""",
            (
                workspace_id,
                staff_id,
                source,
                [new_id() for _ in times],
                [begin for begin, _ in times],
                [end for _, end in times],
            ),
        )


async def forget(connection: Connection, workspace_id: UUID, staff_id: UUID, *, source: str) -> None:
    """A calendar that is no longer connected."""
    await connection.execute(
        "DELETE FROM busy_time WHERE workspace_id = %s AND staff_id = %s AND source = %s",
        (workspace_id, staff_id, source),
    )
