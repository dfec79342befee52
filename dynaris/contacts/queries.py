"""Reads of contacts, their addresses and merges."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.contacts.addresses import readings, same_number
from dynaris.contacts.merge import survivor
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_CONTACT = """SELECT c.id, c.name, c.status, c.owner_id, c.tags, c.fields, c.language, c.timezone, c.created_at,
        c.updated_at, c.blocked_channels, coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'value', a.value, 'display', a.display,
                       'verified', a.verified_at IS NOT NULL, 'verified_by', a.verified_by, 'claimed', NOT a.holds)
                       ORDER BY a.verified_at IS NULL, NOT a.holds, a.id)
            FROM address a WHERE a.workspace_id = c.workspace_id AND a.contact_id = c.id), '[]') AS addresses
    FROM contact c"""

_MERGE = """SELECT id, keep_id AS keep, drop_id AS drop, reason, performed_by, created_at, undone_at, undone_by
    FROM merge"""


def shown_address(row: LiteralString) -> LiteralString:
    """By what a contact without a name is called, for a SELECT from a table whose `row` has their `contact_id`. It is
    shown as a `schemas.ShownAddress`."""
    return f"""(SELECT CASE WHEN d.kind = 'whatsapp' AND d.value ~ '^[0-9]+$' THEN '+' || d.value
               ELSE coalesce(d.display, d.value) END FROM address d WHERE d.workspace_id = {row}.workspace_id
           AND d.contact_id = {row}.contact_id AND d.kind IN ('email', 'phone', 'whatsapp')
           ORDER BY d.holds DESC, d.verified_at NULLS LAST, d.id LIMIT 1)"""


async def get(connection: Connection, workspace_id: UUID, contact_id: UUID) -> dict[str, Any]:
    """The contact with its addresses; for one that was merged, the one it is part of. Raises `NotFound`."""
    cursor = await connection.execute(
        f"{_CONTACT} WHERE c.workspace_id = %s AND c.id = %s",
        (workspace_id, await survivor(connection, workspace_id, contact_id)),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no contact {contact_id}")
    return row


async def several(connection: Connection, workspace_id: UUID, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Contacts by their ids, merged ones as they are."""
    cursor = await connection.execute(f"{_CONTACT} WHERE c.workspace_id = %s AND c.id = ANY(%s)", (workspace_id, ids))
    return {row["id"]: row for row in await cursor.fetchall()}


async def list_contacts(
    connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first, without those that became part of another or are being erased."""
    cursor = await connection.execute(
        f"""{_CONTACT} WHERE c.workspace_id = %(ws)s AND c.merged_into IS NULL AND NOT c.erasing
              AND c.id < coalesce(%(before)s, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            ORDER BY c.id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def find_by_address(
    connection: Connection, workspace_id: UUID, text: str, *, limit: int = 50, region: str | None = None
) -> list[dict[str, Any]]:
    """Who has an address, whatever kind `text` may be: the holder first, then those who only claim it."""
    wanted = set(readings(text, region))
    wanted |= {other for kind, value in wanted if (other := same_number(kind, value))}
    if not wanted:
        return []
    cursor = await connection.execute(
        f"""WITH found AS (
                SELECT a.contact_id, bool_or(a.holds) AS holds
                FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w (kind, value)
                CROSS JOIN LATERAL (
                    SELECT contact_id, holds FROM address
                    WHERE workspace_id = %(ws)s AND kind = w.kind AND value = w.value AND holds
                    UNION ALL
                    SELECT contact_id, holds FROM address
                    WHERE workspace_id = %(ws)s AND kind = w.kind AND value = w.value AND NOT holds) a
                GROUP BY a.contact_id)
            {_CONTACT} JOIN found ON found.contact_id = c.id WHERE c.workspace_id = %(ws)s
            ORDER BY found.holds DESC, c.id DESC LIMIT %(limit)s""",
        {
            "ws": workspace_id,
            "kinds": [kind.value for kind, _ in wanted],
            "values": [value for _, value in wanted],
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def merges_of(
    connection: Connection, workspace_id: UUID, contact_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Merges that this contact took part in, on either side, newest first."""
    cursor = await connection.execute(
        f"""{_MERGE} WHERE workspace_id = %(ws)s AND (keep_id = %(id)s OR drop_id = %(id)s)
              AND id < coalesce(%(before)s, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "id": contact_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def merge(connection: Connection, workspace_id: UUID, merge_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_MERGE} WHERE workspace_id = %s AND id = %s", (workspace_id, merge_id))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no merge {merge_id}")
    return row
