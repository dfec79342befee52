"""What the overview shows of some days: first responses, outcomes, volume and what agents answered; and the counts."""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.channels.registry import trial_channels
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import first_id
from dynaris.dashboard.ledger import CLOCKS_APART, RESPONSE_SECONDS

WORST = 5  # first responses of a channel that are shown by themselves
MOST_COUNTED = 1_000  # where more than a badge can say does not matter

_HOUR, _DAY = "hour", "day"


async def period(connection: Connection, workspace_id: UUID, days: int) -> dict[str, Any]:
    """The last days of the workspace's own calendar, or 24 hours: `since`, and the beginnings of all parts as local
    times without a zone."""
    cursor = await connection.execute(
        """WITH local AS (
               SELECT w.timezone, date_trunc(%(part)s, clock_timestamp() AT TIME ZONE w.timezone) AS now
               FROM workspace w WHERE w.id = %(ws)s),
           first AS (SELECT timezone, now, now - make_interval(hours => %(hours)s, days => %(days)s) AS at FROM local)
           SELECT timezone, at AT TIME ZONE timezone AS since,
                  ARRAY(SELECT to_char(g, 'YYYY-MM-DD"T"HH24:MI') FROM generate_series(
                        at, now, ('1 ' || %(part)s)::interval) AS g) AS parts
           FROM first""",
        {
            "ws": workspace_id,
            "part": _HOUR if days == 1 else _DAY,
            "hours": 23 if days == 1 else 0,
            "days": 0 if days == 1 else days - 1,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return {**row, "unit": _HOUR if days == 1 else _DAY}


# One pass over the days' inquiries; what is asked of them is answered from what the pass keeps.
_SEEN: LiteralString = f"""WITH seen AS MATERIALIZED (
    SELECT e.id, e.channel, coalesce(e.outcome, 'open') AS state, e.outcome = 'answered' AND NOT e.meta ? 'answered_by'
               AS by_agent, date_trunc(%(unit)s, e.created_at AT TIME ZONE %(timezone)s) AS part,
           {RESPONSE_SECONDS} AS seconds
    FROM event e
    WHERE e.workspace_id = %(ws)s AND e.id >= %(since_id)s AND e.created_at >= %(since)s
      AND e.kind IN ('message', 'call') AND e.channel <> ALL(%(trial)s))
SELECT
    (SELECT jsonb_agg(v) FROM (
        SELECT to_char(part, 'YYYY-MM-DD"T"HH24:MI') AS part, channel, state, count(*) AS events,
               count(*) FILTER (WHERE by_agent) AS by_agent
        FROM seen GROUP BY seen.part, channel, state ORDER BY seen.part, channel, state) AS v) AS volume,
    (SELECT jsonb_agg(r) FROM (
        SELECT channel, count(seconds) AS responses, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50,
               percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95
        FROM seen WHERE seconds IS NOT NULL GROUP BY channel ORDER BY channel) AS r) AS responses,
    (SELECT jsonb_agg(w) FROM (
        SELECT c.channel, s.id, s.seconds FROM (SELECT DISTINCT channel FROM seen) AS c CROSS JOIN LATERAL (
            SELECT id, seconds FROM seen WHERE seen.channel = c.channel AND seconds IS NOT NULL
            ORDER BY seconds DESC LIMIT %(worst)s) AS s ORDER BY c.channel, s.seconds DESC) AS w) AS worst"""


async def activity(
    connection: Connection, workspace_id: UUID, *, since: datetime, unit: str, timezone: str
) -> dict[str, list[dict[str, Any]]]:
    """`volume` by part, channel and state; `responses` by channel in seconds; the `worst` ids of each channel."""
    cursor = await connection.execute(
        _SEEN,
        {
            "ws": workspace_id,
            "since": since,
            "since_id": first_id(since - CLOCKS_APART),
            "unit": unit,
            "timezone": timezone,
            "worst": WORST,
            "trial": trial_channels(),
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    worst = [{**each, "id": UUID(each["id"])} for each in row["worst"] or []]
    return {"volume": row["volume"] or [], "responses": row["responses"] or [], "worst": worst}


_FAILED_DAYS = 30

_COUNTS: LiteralString = """SELECT
    (SELECT count(*) FROM (SELECT FROM event WHERE workspace_id = %(ws)s AND status = 'waiting'
                           LIMIT %(most)s) AS n) AS events_waiting,
    (SELECT count(*) FROM (SELECT FROM event WHERE workspace_id = %(ws)s AND outcome = 'failed' AND id >= %(since_id)s
                           LIMIT %(most)s) AS n) AS events_failed,
    (SELECT count(*) FROM (SELECT FROM approval WHERE workspace_id = %(ws)s AND status = 'pending'
                           LIMIT %(most)s) AS n) AS approvals_pending,
    (SELECT count(*) FROM (SELECT FROM task WHERE workspace_id = %(ws)s AND status = 'open'
                           AND (owner_id = %(member)s OR owner_id IS NULL) AND due_at <= %(now)s
                           LIMIT %(most)s) AS n) AS tasks_due,
    (SELECT count(*) FROM (SELECT FROM task WHERE workspace_id = %(ws)s AND status = 'open'
                           AND owner_id = %(member)s LIMIT %(most)s) AS n) AS tasks_mine"""


async def counts(connection: Connection, workspace_id: UUID, *, member_id: UUID) -> dict[str, int]:
    """What the navigation shows; each up to `MOST_COUNTED`."""
    now = clock.now()
    cursor = await connection.execute(
        _COUNTS,
        {
            "ws": workspace_id,
            "member": member_id,
            "now": now,
            "since_id": first_id(now - timedelta(days=_FAILED_DAYS)),
            "most": MOST_COUNTED,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row
