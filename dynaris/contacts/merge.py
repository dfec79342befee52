"""Two contacts that are one person: previewed, merged, and parted again.

The kept contact takes over every row of the other one, whose own row stays with `merged_into` set. Each moved
row is noted, so that an undo returns exactly those; what came to the kept contact later stays there, except
for what was added to a conversation that returns.
"""

from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import orjson
import structlog
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from dynaris.channels.contract import AddressKind
from dynaris.contacts import merge_fields
from dynaris.contacts.addresses import as_read
from dynaris.contacts.merge_fields import COLUMNS, FieldConflict
from dynaris.contacts.merge_rows import count_rows, move_rows, return_rows
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.workspaces.actions import record

log = structlog.get_logger()

GATHER_JOB = "contacts.gather.v1"  # handled by `gather_late_rows`
_WORK_IN_PROGRESS = timedelta(minutes=5)  # longer than any run that began before a merge


class MergedAddress(BaseModel):
    """An address of the contact that a merge would leave."""

    kind: str
    value: str
    display: str
    verified: bool
    claimed: bool


class MergePreview(BaseModel):
    keep: UUID
    drop: UUID
    moves: dict[str, int]  # rows by table
    fields: dict[str, Any]  # the kept contact's, afterwards
    conflicts: list[FieldConflict]
    addresses: list[MergedAddress]


class Merge(BaseModel):
    id: UUID
    keep: UUID
    drop: UUID
    reason: str
    moved: int  # rows


async def preview(connection: Connection, workspace_id: UUID, keep: UUID, drop: UUID) -> MergePreview:
    """What `perform` would do. Raises like it."""
    kept, dropped = await _both(connection, workspace_id, keep, drop, lock="")
    cursor = await connection.execute(
        """SELECT kind, value, bool_or(verified_at IS NOT NULL) AS verified, NOT bool_or(holds) AS claimed
           FROM address WHERE workspace_id = %s AND contact_id IN (%s, %s)
           GROUP BY kind, value ORDER BY kind, value""",
        (workspace_id, keep, drop),
    )
    return MergePreview(
        keep=keep,
        drop=drop,
        moves=await count_rows(connection, workspace_id, drop),
        fields=merge_fields.united(kept, dropped),
        conflicts=merge_fields.conflicts(kept, dropped),
        addresses=[
            MergedAddress(**row, display=as_read(AddressKind(row["kind"]), row["value"]))
            for row in await cursor.fetchall()
        ],
    )


async def perform(connection: Connection, workspace_id: UUID, keep: UUID, drop: UUID, *, reason: str, by: str) -> Merge:
    """`drop` becomes part of `keep`. `by` is an actor as in the audit log.

    Raises `InvalidInput` for one contact twice, `NotFound`, and `Conflict` where one of them was merged before.
    """
    async with connection.transaction():
        kept, dropped = await _both(connection, workspace_id, keep, drop, lock="FOR UPDATE")
        after = merge_fields.united(kept, dropped)
        merge_id = new_id()
        await connection.execute(
            """INSERT INTO merge (workspace_id, id, keep_id, drop_id, reason, performed_by, keep_before)
               VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            (workspace_id, merge_id, keep, drop, reason, by, _snapshot(kept, after)),
        )
        moved = await move_rows(connection, workspace_id, merge_id, keep, drop)
        await _set_fields(connection, workspace_id, keep, after)
        await _set_merged_into(connection, workspace_id, drop, keep)
        detail = {"merge": merge_id, "drop": drop}  # the reason is people's words: it stands with the merge
        await _record(connection, workspace_id, keep, by=by, what="merged", detail=detail)
        await defer(connection, GATHER_JOB, {"workspace_id": str(workspace_id)}, at=clock.now() + _WORK_IN_PROGRESS)
    log.info("contact.merged", merge_id=str(merge_id), keep=str(keep), drop=str(drop), rows=moved)
    return Merge(id=merge_id, keep=keep, drop=drop, reason=reason, moved=moved)


async def undo(connection: Connection, workspace_id: UUID, merge_id: UUID, *, by: str) -> Merge:
    """Both contacts as they were, each with its own. Raises `NotFound`, and `Conflict` where a later merge
    has to be undone first."""
    async with connection.transaction():
        merge = await _open_merge(connection, workspace_id, merge_id)
        keep, drop = merge["keep_id"], merge["drop_id"]
        contacts = await _lock(connection, workspace_id, (keep, drop), lock="FOR UPDATE")
        if later := contacts[keep]["merged_into"]:
            raise Conflict(f"contact {keep} was merged into {later} since: undo that merge first")
        await _refuse_entangled(connection, workspace_id, merge_id, keep)
        await return_rows(connection, workspace_id, merge_id, keep, drop)
        snapshot = merge["keep_before"]
        now = _plain({column: contacts[keep][column] for column in COLUMNS})
        await _set_fields(
            connection, workspace_id, keep, merge_fields.parted(now, snapshot["before"], snapshot["after"])
        )
        await _set_merged_into(connection, workspace_id, drop, None)
        await connection.execute(
            "UPDATE merge SET undone_at = %s, undone_by = %s WHERE workspace_id = %s AND id = %s",
            (clock.now(), by, workspace_id, merge_id),
        )
        detail = {"merge": merge_id, "drop": drop}
        await _record(connection, workspace_id, keep, by=by, what="merge_undone", detail=detail)
    log.info("contact.merge_undone", merge_id=str(merge_id), keep=str(keep), drop=str(drop))
    return Merge(id=merge_id, keep=keep, drop=drop, reason=merge["reason"], moved=0)


async def gather_late_rows(connection: Connection, workspace_id: UUID) -> int:
    """Rows written under a merged-away contact by work that began before its merge go to the kept one.

    A job of each merge; returns how many rows were found. Looks at the merges of the last day.
    """
    moved = 0
    async with connection.transaction():
        cursor = await connection.execute(
            """SELECT id, keep_id, drop_id FROM merge
               WHERE workspace_id = %s AND undone_at IS NULL AND created_at > clock_timestamp() - interval '1 day'
               ORDER BY id FOR UPDATE""",
            (workspace_id,),
        )
        for row in await cursor.fetchall():
            moved += await move_rows(connection, workspace_id, row["id"], row["keep_id"], row["drop_id"])
    return moved


async def survivor(connection: Connection, workspace_id: UUID, contact_id: UUID) -> UUID:
    """The contact that this one is today, through any number of merges. Raises `NotFound`."""
    cursor = await connection.execute(
        """WITH RECURSIVE chain AS (
               SELECT id, merged_into, erasing FROM contact WHERE workspace_id = %(ws)s AND id = %(id)s
               UNION
               SELECT c.id, c.merged_into, c.erasing FROM contact c JOIN chain ON c.id = chain.merged_into
               WHERE c.workspace_id = %(ws)s)
           SELECT id FROM chain WHERE merged_into IS NULL AND NOT erasing""",
        {"ws": workspace_id, "id": contact_id},
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no contact {contact_id}")
    return row["id"]


async def _both(
    connection: Connection, workspace_id: UUID, keep: UUID, drop: UUID, *, lock: LiteralString
) -> tuple[dict[str, Any], dict[str, Any]]:
    if keep == drop:
        raise InvalidInput("expected two contacts to merge, got the same one twice")
    contacts = await _lock(connection, workspace_id, (keep, drop), lock=lock)
    for contact in contacts.values():
        if contact["erasing"]:
            raise NotFound(f"no contact {contact['id']}")
        if contact["merged_into"]:
            raise Conflict(f"contact {contact['id']} was already merged into {contact['merged_into']}")
    return contacts[keep], contacts[drop]


async def _lock(
    connection: Connection, workspace_id: UUID, ids: tuple[UUID, UUID], *, lock: LiteralString
) -> dict[UUID, dict[str, Any]]:
    """Both contacts, locked in the order of their ids, so that two merges at once wait instead of deadlocking."""
    cursor = await connection.execute(
        f"SELECT * FROM contact WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id {lock}",
        (workspace_id, list(ids)),
    )
    contacts = {row["id"]: row for row in await cursor.fetchall()}
    for contact_id in ids:
        if contact_id not in contacts:
            raise NotFound(f"no contact {contact_id}")
    return contacts


async def _open_merge(connection: Connection, workspace_id: UUID, merge_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT * FROM merge WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, merge_id)
    )
    merge = await cursor.fetchone()
    if merge is None:
        raise NotFound(f"no merge {merge_id}")
    if merge["undone_at"]:
        raise Conflict(f"merge {merge_id} was already undone by {merge['undone_by']}")
    return merge


async def _refuse_entangled(connection: Connection, workspace_id: UUID, merge_id: UUID, keep: UUID) -> None:
    """A later merge into the same contact may have put aside an address that this one brought."""
    cursor = await connection.execute(
        """SELECT later.id FROM merge later
           JOIN merge_move aside ON aside.workspace_id = later.workspace_id AND aside.merge_id = later.id
           JOIN merge_move mine ON mine.workspace_id = later.workspace_id AND mine.merge_id = %(merge)s
                AND mine.table_name = 'address' AND mine.row_key = aside.row_key
           WHERE later.workspace_id = %(ws)s AND later.keep_id = %(keep)s AND later.undone_at IS NULL
             AND later.id <> %(merge)s AND aside.table_name = 'address' AND aside.before <> '{}' LIMIT 1""",
        {"ws": workspace_id, "merge": merge_id, "keep": keep},
    )
    if later := await cursor.fetchone():
        raise Conflict(f"a later merge took over an address that returns: undo merge {later['id']} first")


async def _set_fields(connection: Connection, workspace_id: UUID, contact_id: UUID, fields: dict[str, Any]) -> None:
    await connection.execute(
        """UPDATE contact SET name = %(name)s, owner_id = %(owner_id)s::uuid, language = %(language)s,
               timezone = %(timezone)s, status = %(status)s, tags = %(tags)s, fields = %(custom)s,
               blocked_channels = coalesce(%(blocked)s, blocked_channels),
               updated_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {
            **fields,
            "blocked": fields.get("blocked_channels"),
            "custom": Jsonb(fields["fields"]),
            "ws": workspace_id,
            "id": contact_id,
        },
    )


async def _set_merged_into(connection: Connection, workspace_id: UUID, contact_id: UUID, into: UUID | None) -> None:
    await connection.execute(
        "UPDATE contact SET merged_into = %s, updated_at = clock_timestamp() WHERE workspace_id = %s AND id = %s",
        (into, workspace_id, contact_id),
    )


async def _record(
    connection: Connection, workspace_id: UUID, keep: UUID, *, by: str, what: str, detail: dict[str, Any]
) -> None:
    await record(connection, workspace_id, actor=by, action=f"contact.{what}", subject=f"contact:{keep}", detail=detail)


def _snapshot(before: dict[str, Any], after: dict[str, Any]) -> Jsonb:
    return Jsonb({"before": {column: before[column] for column in COLUMNS}, "after": after})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """As JSON keeps them, to be compared with what was kept: an id is its text."""
    return orjson.loads(orjson.dumps(fields))
