"""What changed in a workspace, for the screens that look at it: told as it commits, and again to who was away.

Triggers note a change in the transaction that makes it (migrations/live.py): one row in `change`, one notice to all web
processes. A change says its kind and ids; the screens ask the API for what they show. Numbers that are handed out in
one order commit in another, so a position is no row's number: it is a transaction below which everything had ended
(`pg_snapshot_xmin`). Going on from it may tell a change twice, and never leaves one out.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.live import CHANGES, RESET, LiveFeed

KEPT_MINUTES = 60  # who was away longer reads everything again
_WATCH_MINUTES = 120  # changes are noted that long after somebody looked
_WATCH_AGAIN_SECONDS = 1_800.0
_UNSEEN_SECONDS = 2.0  # a statement that began before the first look may have noted nothing
_POSITION_SECONDS = 3.0  # a position is told that late: what was committed before it has been told by then
_MOST_REPLAYED = 500

# Past what is stored already: another process may have looked a moment later.
_WATCH_ANY = """SELECT setval('live_until', greatest(pg_sequence_last_value('live_until'),
    extract(epoch FROM clock_timestamp())::bigint + %(minutes)s * 60))"""
_WATCH = """INSERT INTO live_watch (workspace_id, until)
    VALUES (%(ws)s, clock_timestamp() + make_interval(mins => %(minutes)s))
    ON CONFLICT (workspace_id) DO UPDATE SET until = excluded.until
    RETURNING (SELECT until > clock_timestamp() FROM live_watch WHERE workspace_id = %(ws)s) AS before"""
_SINCE = """SELECT kind, CASE WHEN bool_or(c.ids IS NULL) THEN NULL ELSE array_agg(DISTINCT each.id) END AS ids
    FROM change c LEFT JOIN LATERAL unnest(c.ids) AS each (id) ON true
    WHERE c.workspace_id = %(ws)s AND c.xid >= %(xid)s
    GROUP BY kind"""
_HERE = (
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid, extract(epoch FROM clock_timestamp())::bigint AS at"
)
_PURGE = "DELETE FROM change WHERE workspace_id = %s AND created_at < clock_timestamp() - make_interval(mins => %s)"


@dataclass(frozen=True, slots=True)
class Change:
    """`ids` is `None` where there are too many. `reset`: anything may have changed; `position`: nothing has."""

    kind: str
    ids: list[str] | None
    position: str | None = None


async def follow(db: Database, feed: LiveFeed, workspace_id: UUID, after: str | None) -> AsyncGenerator[Change]:
    """Endless. `after`: the last position that was heard; too old or none of ours begins with `reset`."""
    with feed.listening(workspace_id, CHANGES) as queue:  # first: nothing falls between it and the look below
        async with db.workspace(workspace_id) as connection:
            fresh = not await _watch(connection, workspace_id)
            position, missed = await _missed(connection, workspace_id, after)
        for change in missed:
            yield change
        yield Change("position", None, position)
        if fresh:
            await asyncio.sleep(_UNSEEN_SECONDS)
            yield Change("reset", None)
        async for change in _live(db, workspace_id, queue):
            yield change


async def _watch(connection: Connection, workspace_id: UUID) -> bool:
    """Whether somebody was looking already."""
    await connection.execute(_PURGE, (workspace_id, KEPT_MINUTES))
    await connection.execute(_WATCH_ANY, {"minutes": _WATCH_MINUTES})
    cursor = await connection.execute(_WATCH, {"ws": workspace_id, "minutes": _WATCH_MINUTES})
    row = await cursor.fetchone()
    return bool(row and row["before"])


async def _missed(connection: Connection, workspace_id: UUID, after: str | None) -> tuple[str, list[Change]]:
    """Where the caller is afterwards, and what they have not heard."""
    here = await position_of(connection)
    if after is None:
        return here, []
    since = _parsed(after)
    now = _parsed(here)
    if since is None or now is None or since[0] > now[0] or now[1] - since[1] > KEPT_MINUTES * 60:
        return here, [Change(**RESET)]
    cursor = await connection.execute(_SINCE, {"ws": workspace_id, "xid": since[0]})
    rows = await cursor.fetchall()
    if sum(len(row["ids"] or ()) for row in rows) > _MOST_REPLAYED:
        return here, [Change(**RESET)]
    return here, [Change(row["kind"], row["ids"] and [str(each) for each in row["ids"]]) for row in rows]


async def position_of(connection: Connection) -> str:
    """`<transaction>.<seconds>`: what was below that transaction had ended at that time."""
    row = await (await connection.execute(_HERE)).fetchone()
    assert row is not None
    return f"{row['xid']}.{row['at']}"


def _parsed(position: str) -> tuple[int, int] | None:
    xid, _, at = position.partition(".")
    return (int(xid), int(at)) if xid.isdecimal() and at.isdecimal() and len(position) < 40 else None


async def _live(db: Database, workspace_id: UUID, queue: asyncio.Queue[dict[str, Any]]) -> AsyncGenerator[Change]:
    """Notices as they come; after a while of them also the position of a moment ago."""
    watched, due, position = time.monotonic(), 0.0, None
    while True:
        try:
            async with asyncio.timeout(max(due - time.monotonic(), 0.01) if position else _WATCH_AGAIN_SECONDS):
                notice = await queue.get()
        except TimeoutError:
            if position:
                yield Change("position", None, position)
                position = None
        else:
            yield Change(notice["kind"], notice["ids"])
            if position is None:
                async with db.workspace(workspace_id) as connection:
                    position, due = await position_of(connection), time.monotonic() + _POSITION_SECONDS
        if time.monotonic() - watched > _WATCH_AGAIN_SECONDS:
            async with db.workspace(workspace_id) as connection:
                await _watch(connection, workspace_id)
            watched = time.monotonic()
