"""A member's notifications as they come: stored rows, so whoever was away goes on where they stopped.

The feed of changes (core/changes.py) says when to look; what is told is read from the rows. A position is a transaction
below which everything had ended, as there: going on from it may tell something twice, and never leaves anything out.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import orjson
from sse_starlette import ServerSentEvent

from dynaris.core.changes import follow
from dynaris.core.db import Connection, Database
from dynaris.core.live import LiveFeed
from dynaris.notifications.queries import count_unread
from dynaris.notifications.schemas import NotificationView

_MOST_REPLAYED = 200
_LOOK_AGAIN = ("notification", "reset")
# A restored database counts its transactions anew: what it brought along is then told at most a day long.
_CHANGED: LiteralString = """SELECT id, topic, title, body, subject, created_at, read_at, xid FROM notification
    WHERE workspace_id = %(ws)s AND member_id = %(member)s AND shown AND xid >= %(since)s
      AND greatest(created_at, read_at) >= to_timestamp(%(at)s) - interval '1 day'
    ORDER BY xid DESC, id DESC LIMIT %(most)s"""
_HERE = """SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid,
    extract(epoch FROM clock_timestamp())::bigint AS at"""


@dataclass(frozen=True, slots=True)
class Position:
    """As `Last-Event-ID` has it: `<transaction>.<seconds>`."""

    xid: int
    at: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.at}"


@dataclass(frozen=True, slots=True)
class Told:
    """`notification`, and `read` once it was read, each with all of it; `unread`: how many; `reset`: ask for all."""

    event: str
    data: dict[str, Any]
    position: str


async def follow_own(
    db: Database, feed: LiveFeed, workspace_id: UUID, member_id: UUID, after: str | None
) -> AsyncGenerator[Told]:
    """Endless. `after`: the last position that was heard."""
    position, told = _parsed(after), _Heard()
    async for change in follow(db, feed, workspace_id, None):
        concerns = change.ids is None or str(member_id) in change.ids
        if told.any_yet and not (change.kind in _LOOK_AGAIN and concerns):
            continue
        async with db.workspace(workspace_id) as connection:
            here = await _here(connection)
            if told.any_yet or position is not None:
                rows = await _changed(connection, workspace_id, member_id, position or here)
            else:
                rows = []
            unread = await count_unread(connection, workspace_id, member_id)
        if (position is not None and position.xid > here.xid) or len(rows) > _MOST_REPLAYED:
            yield Told("reset", {"unread": unread}, str(here))
        else:
            for each in told.news(rows):
                yield Told(*each, str(position or here))
        yield Told("unread", {"unread": unread}, str(here))
        position = here
        told.forget_before(here.xid)


class _Heard:
    """What this stream has told since its position: looked at again, it is not told again."""

    def __init__(self) -> None:
        self.any_yet = False
        self._told: dict[tuple[UUID, bool], int] = {}

    def news(self, rows: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
        """Oldest first."""
        found: list[tuple[str, dict[str, Any]]] = []
        for row in reversed(rows):
            key = row["id"], row["read_at"] is not None
            if key not in self._told:
                view = NotificationView(**{name: row[name] for name in NotificationView.model_fields})
                found.append(("read" if key[1] else "notification", view.model_dump(mode="json")))
            self._told[key] = row["xid"]
        return found

    def forget_before(self, xid: int) -> None:
        self.any_yet = True
        self._told = {key: each for key, each in self._told.items() if each >= xid}


async def _changed(
    connection: Connection, workspace_id: UUID, member_id: UUID, since: Position
) -> list[dict[str, Any]]:
    names = {"ws": workspace_id, "member": member_id, "since": since.xid, "at": since.at, "most": _MOST_REPLAYED + 1}
    return await (await connection.execute(_CHANGED, names)).fetchall()


async def _here(connection: Connection) -> Position:
    """Before the rows are read: what commits in between is read, and told once more at most."""
    row = await (await connection.execute(_HERE)).fetchone()
    assert row is not None
    return Position(row["xid"], row["at"])


def _parsed(position: str | None) -> Position | None:
    xid, _, at = (position or "").partition(".")
    if xid.isdecimal() and at.isdecimal() and len(position or "") < 40:
        return Position(int(xid), int(at))
    return None


def event_of(told: Told) -> ServerSentEvent:
    return ServerSentEvent(event=told.event, data=orjson.dumps(told.data).decode(), id=told.position)
