"""When everybody with a calendar works, for a calendar's background: hours, days off, the business's own days."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from pydantic import BaseModel

from dynaris.core.db import Connection
from dynaris.scheduling.hours import Week, common, unbroken, working
from dynaris.scheduling.offer import person_of
from dynaris.workspaces.opening_hours import zone

_AROUND = timedelta(days=2)  # zones differ, and a night belongs to the day on which it begins

_PEOPLE: LiteralString = """SELECT p.id::text AS id, p.name, p.timezone, p.hours, p.exceptions, w.timezone AS ours,
           w.business_hours, w.hours_exceptions
    FROM calendar_person p JOIN workspace w ON w.id = p.workspace_id
    WHERE p.workspace_id = %s AND p.enabled ORDER BY p.position, p.id"""


class Span(BaseModel):
    starts_at: datetime
    ends_at: datetime


class Work(BaseModel):
    staff_id: UUID
    spans: list[Span]


async def work_between(connection: Connection, workspace_id: UUID, since: datetime, until: datetime) -> list[Work]:
    """Of each person whose calendar is on, cut to the range; appointments are not taken out."""
    rows = await (await connection.execute(_PEOPLE, (workspace_id,))).fetchall()
    days = (since - _AROUND).date(), (until + _AROUND).date()
    found: list[Work] = []
    for row in rows:
        person = person_of(row, row["ours"])
        business = Week(row["business_hours"], row["hours_exceptions"], zone(row["ours"]))
        work = unbroken(working(business, person.week, person.own_days, since=days[0], until=days[1]))
        spans = [Span(starts_at=begin, ends_at=end) for begin, end in common(work, [(since, until)])]
        found.append(Work(staff_id=person.id, spans=spans))
    return found
