"""What the database knows of the people in some rows, for the planner."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from dynaris.contacts.addresses import same_number
from dynaris.contacts.imports.mapped_row import MappedRow
from dynaris.contacts.imports.planning import Known, Overlay, Place
from dynaris.core.db import Connection

# Holders and claimants have an index each. Of claims only those that a file brought, also where unproved mail came from
# there since: what somebody merely typed in a chat must not draw a list's names and numbers to them, who
# could ask for them there.
_WHO_HAS = """SELECT a.kind, a.value, a.contact_id, a.holds
    FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w (kind, value)
    CROSS JOIN LATERAL (
        SELECT kind, value, contact_id, holds FROM address
        WHERE workspace_id = %(ws)s AND kind = w.kind AND value = w.value AND holds
          AND (NOT taken OR verified_at IS NOT NULL OR said_by IS NOT NULL)
        UNION ALL
        (SELECT kind, value, contact_id, holds FROM address
        WHERE workspace_id = %(ws)s AND kind = w.kind AND value = w.value AND NOT holds AND said_by IS NOT NULL
        ORDER BY id LIMIT 20)) a"""

_SURVIVORS = """WITH RECURSIVE chain AS (
        SELECT id AS given, id, merged_into FROM contact WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)
        UNION
        SELECT chain.given, c.id, c.merged_into FROM chain
        JOIN contact c ON c.workspace_id = %(ws)s AND c.id = chain.merged_into)
    SELECT given, id FROM chain WHERE merged_into IS NULL"""

_CONTACTS = """SELECT c.id, c.name, c.owner_id, c.language, c.timezone, c.status, c.tags, c.fields,
        c.blocked_channels, made.given_id, made.line, coalesce(c.updated_at <> (
            SELECT max(r.stamp) FROM contact_import_row r WHERE r.workspace_id = c.workspace_id AND r.contact_id = c.id
            AND r.import_id = %(import)s), false) AS touched,
        coalesce((SELECT jsonb_agg(jsonb_build_array(a.kind, a.value, a.verified_at IS NOT NULL)) FROM address a
                  WHERE a.workspace_id = c.workspace_id AND a.contact_id = c.id), '[]') AS addresses
    FROM contact c LEFT JOIN LATERAL (
        SELECT r.given_id, r.line FROM contact_import_row r
        WHERE r.workspace_id = c.workspace_id AND r.contact_id = c.id AND r.import_id = %(import)s AND r.created
        LIMIT 1) made ON true
    WHERE c.workspace_id = %(ws)s AND c.id = ANY(%(ids)s) AND c.merged_into IS NULL AND NOT c.erasing"""

_LOOKS = 2  # who was merged while we waited for the lock is somebody else the second time
_COLUMNS = ("name", "owner_id", "language", "timezone", "status", "tags", "fields", "blocked_channels")


async def look_up(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    mapped: list[MappedRow],
    overlay: Overlay,
    *,
    lock: bool,
) -> None:
    """Puts into the overlay whom these rows may be. `lock`: they stay as they are until the transaction ends."""
    places = {place for one in mapped for place in _places(one)}
    names: dict[str, Any] = {"ws": workspace_id, "kinds": [p[0] for p in places], "values": [p[1] for p in places]}
    rows: list[dict[str, Any]] = []
    given: dict[UUID, UUID] = {}
    for _ in range(_LOOKS):
        rows, given = await _whose(connection, workspace_id, mapped, names, overlay)
        ids = {row["contact_id"] for row in rows} | set(given.values())
        await _load(connection, workspace_id, import_id, ids - overlay.people.keys(), overlay, lock=lock)
        if ids <= overlay.people.keys():
            break
    overlay.by_given.update({one: contact for one, contact in given.items() if contact in overlay.people})
    for row in rows:
        place = (row["kind"], row["value"])
        if row["holds"]:
            overlay.holders[place] = row["contact_id"]
        else:
            overlay.note(place, row["contact_id"])


async def _whose(
    connection: Connection, workspace_id: UUID, mapped: list[MappedRow], names: dict[str, Any], overlay: Overlay
) -> tuple[list[dict[str, Any]], dict[UUID, UUID]]:
    rows = await (await connection.execute(_WHO_HAS, names)).fetchall() if names["kinds"] else []
    return rows, await _given(connection, workspace_id, mapped, overlay)


def _places(mapped: MappedRow) -> Iterable[Place]:
    for kind, value, _ in mapped.addresses:
        yield kind.value, value
        if other := same_number(kind, value):
            yield other[0].value, other[1]


async def _given(
    connection: Connection, workspace_id: UUID, mapped: list[MappedRow], overlay: Overlay
) -> dict[UUID, UUID]:
    """The contacts of ids in the file: as they are today, also where they were merged meanwhile."""
    ids = [one.given_id for one in mapped if one.given_id and one.given_id not in overlay.by_given]
    if not ids:
        return {}
    rows = await (await connection.execute(_SURVIVORS, {"ws": workspace_id, "ids": ids})).fetchall()
    return {row["given"]: row["id"] for row in rows}


async def _load(
    connection: Connection, workspace_id: UUID, import_id: UUID, ids: set[UUID], overlay: Overlay, *, lock: bool
) -> None:
    if not ids:
        return
    if lock:
        await connection.execute(
            "SELECT FROM contact WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            (workspace_id, list(ids)),
        )
    cursor = await connection.execute(_CONTACTS, {"ws": workspace_id, "ids": list(ids), "import": import_id})
    for row in await cursor.fetchall():
        fields = {name: row[name] for name in _COLUMNS}
        fields["owner_id"] = str(row["owner_id"]) if row["owner_id"] else None
        addresses = row["addresses"]
        places = {(kind, value) for kind, value, _ in addresses}
        proofs = sum(verified for _, _, verified in addresses)
        overlay.people[row["id"]] = Known(
            row["id"], fields, places, proofs, row["line"], row["given_id"], touched=row["touched"]
        )
