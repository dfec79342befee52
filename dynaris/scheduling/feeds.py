"""Calendars that other programs read by an address that nobody can guess: everybody's bookings, or one person's."""

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id, token_hash
from dynaris.core.unlinked import unlinked
from dynaris.scheduling.calendar_file import Entry, feed_text
from dynaris.workspaces.actions import record

Shows = Literal["busy", "service", "contact"]

MOST_FEEDS = 100
_PAST, _AHEAD = timedelta(days=31), timedelta(days=400)
_MOST_ENTRIES = 5_000
_READ_EVERY = "5 minutes"  # how exactly the last reading is kept

_COLUMNS: LiteralString = """f.id, f.staff_id, p.name AS staff, f.shows, f.created_by, f.created_at, f.last_read_at
    FROM calendar_feed f LEFT JOIN calendar_person p ON p.workspace_id = f.workspace_id AND p.id = f.staff_id
    WHERE f.workspace_id = %(ws)s"""
_ENTRIES: LiteralString = """SELECT b.id, b.sequence, b.starts_at, b.ends_at, b.updated_at, b.status, b.note,
           s.name AS service, p.name AS staff, k.name AS contact
    FROM booking b JOIN service s ON s.workspace_id = b.workspace_id AND s.id = b.service_id
    JOIN calendar_person p ON p.workspace_id = b.workspace_id AND p.id = b.staff_id
    LEFT JOIN contact k ON k.workspace_id = b.workspace_id AND k.id = b.contact_id
    WHERE b.workspace_id = %(ws)s AND b.starts_at BETWEEN %(since)s AND %(until)s
      AND b.status IN ('pending', 'confirmed', 'completed', 'no_show')
      AND (%(staff)s::uuid IS NULL OR b.staff_id = %(staff)s) ORDER BY b.starts_at, b.id LIMIT %(most)s"""


class Feed(BaseModel):
    id: UUID
    staff_id: UUID | None = Field(description="Whose bookings; none: everybody's.")
    staff: str | None
    shows: Shows = Field(description="`busy`: only that a time is taken; `service`: what; `contact`: also for whom.")
    created_by: str
    created_at: datetime
    last_read_at: datetime | None


class IssuedFeed(Feed):
    url: str = Field(description="For calendar programs; shown now and never again.")


class Reading(BaseModel):
    """A feed whose address was asked for."""

    workspace_id: UUID
    staff_id: UUID | None
    staff: str | None
    shows: Shows
    business: str


async def feeds(connection: Connection, workspace_id: UUID) -> list[Feed]:
    cursor = await connection.execute(f"SELECT {_COLUMNS} ORDER BY f.id", {"ws": workspace_id})
    return [Feed(**row) for row in await cursor.fetchall()]


async def get_feed(connection: Connection, workspace_id: UUID, feed_id: UUID) -> Feed:
    cursor = await connection.execute(f"SELECT {_COLUMNS} AND f.id = %(id)s", {"ws": workspace_id, "id": feed_id})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no calendar feed {feed_id}")
    return Feed(**row)


async def add_feed(
    connection: Connection, workspace_id: UUID, *, staff_id: UUID | None, shows: Shows, by: str
) -> tuple[Feed, str]:
    """With its token. To be called in a transaction."""
    if len(await feeds(connection, workspace_id)) >= MOST_FEEDS:
        raise Conflict(f"a workspace has at most {MOST_FEEDS} calendar feeds: remove one first")
    feed_id, token = new_id(), _new_token(workspace_id)
    await connection.execute(
        """INSERT INTO calendar_feed (workspace_id, id, staff_id, shows, token_hash, created_by)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        (workspace_id, feed_id, staff_id, shows, token_hash(token), by),
    )
    await _noted(connection, workspace_id, feed_id, "calendar_feed.created", by)
    return await get_feed(connection, workspace_id, feed_id), token


async def rotate_feed(connection: Connection, workspace_id: UUID, feed_id: UUID, *, by: str) -> tuple[Feed, str]:
    """A new address; the old one ends at once."""
    token = _new_token(workspace_id)
    await connection.execute(
        "UPDATE calendar_feed SET token_hash = %s, last_read_at = NULL WHERE workspace_id = %s AND id = %s",
        (token_hash(token), workspace_id, feed_id),
    )
    feed = await get_feed(connection, workspace_id, feed_id)
    await _noted(connection, workspace_id, feed_id, "calendar_feed.rotated", by)
    return feed, token


async def remove_feed(connection: Connection, workspace_id: UUID, feed_id: UUID, *, by: str) -> None:
    await get_feed(connection, workspace_id, feed_id)
    await connection.execute("DELETE FROM calendar_feed WHERE workspace_id = %s AND id = %s", (workspace_id, feed_id))
    await _noted(connection, workspace_id, feed_id, "calendar_feed.removed", by)


async def _noted(connection: Connection, workspace_id: UUID, feed_id: UUID, action: str, by: str) -> None:
    await record(connection, workspace_id, actor=by, action=action, subject=f"calendar_feed:{feed_id}", detail={})


def _new_token(workspace_id: UUID) -> str:
    """Says whose it is, so that nothing has to be looked up across workspaces; 208 bits of it are random."""
    return base64.urlsafe_b64encode(workspace_id.bytes + secrets.token_bytes(26)).decode()


def workspace_in(token: str) -> UUID | None:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return UUID(bytes=raw[:16]) if len(raw) == 42 else None


async def reading(connection: Connection, workspace_id: UUID, token: str) -> Reading:
    """Raises `NotFound` for a token that was never given out, was replaced, or was taken back."""
    cursor = await connection.execute(
        f"""WITH read AS (
                UPDATE calendar_feed SET last_read_at = clock_timestamp()
                WHERE workspace_id = %(ws)s AND token_hash = %(hash)s
                  AND (last_read_at IS NULL OR last_read_at < clock_timestamp() - interval '{_READ_EVERY}'))
            SELECT f.workspace_id, f.staff_id, p.name AS staff, f.shows, w.name AS business FROM calendar_feed f
            JOIN workspace w ON w.id = f.workspace_id
            LEFT JOIN calendar_person p ON p.workspace_id = f.workspace_id AND p.id = f.staff_id
            WHERE f.workspace_id = %(ws)s AND f.token_hash = %(hash)s""",
        {"ws": workspace_id, "hash": token_hash(token)},
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("there is no calendar at this address")
    return Reading(**row)


async def calendar_of(connection: Connection, feed: Reading, *, now: datetime) -> str:
    cursor = await connection.execute(
        _ENTRIES,
        {
            "ws": feed.workspace_id,
            "staff": feed.staff_id,
            "since": now - _PAST,
            "until": now + _AHEAD,
            "most": _MOST_ENTRIES,
        },
    )
    name = f"{feed.staff} · {feed.business}" if feed.staff else feed.business
    return feed_text(name, [_entry(feed, row) for row in await cursor.fetchall()])


def _entry(feed: Reading, row: dict[str, Any]) -> Entry:
    parts = [row["service"]]
    if feed.shows == "contact":
        parts.append(unlinked(row["contact"] or "?"))
    if feed.staff_id is None:
        parts.append(row["staff"])
    return Entry(
        booking_id=row["id"],
        sequence=row["sequence"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        changed_at=row["updated_at"],
        summary=" · ".join(parts) if feed.shows != "busy" else "Busy",
        description=unlinked(row["note"]) if feed.shows == "contact" else "",
        status="TENTATIVE" if row["status"] == "pending" else "CONFIRMED",
    )
