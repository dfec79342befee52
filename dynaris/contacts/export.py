"""All contacts as a CSV file that reads back as the same contacts: stable columns, one for each custom field."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from dynaris.contacts import queries
from dynaris.contacts.cells import joined, typed
from dynaris.core.db import Database

KINDS = ("email", "phone", "whatsapp", "slack", "crm")
COLUMNS = ("id", "name", "status", "language", "timezone", "tags", *KINDS, "created_at", "updated_at")

_AT_ONCE = 500

# By the primary key, contact after contact: no sort of a whole workspace.
_FIELDS = """SELECT DISTINCT f.name FROM contact c CROSS JOIN LATERAL jsonb_object_keys(c.fields) AS f (name)
    WHERE c.workspace_id = %s AND c.merged_into IS NULL ORDER BY f.name"""


async def header(db: Database, workspace_id: UUID) -> list[str]:
    async with db.workspace(workspace_id) as connection:
        rows = await (await connection.execute(_FIELDS, (workspace_id,))).fetchall()
    return [*COLUMNS, *(f"field:{row['name']}" for row in rows)]


async def exported(
    db: Database, workspace_id: UUID, columns: list[str], *, address: str | None = None
) -> AsyncIterator[list[str]]:
    """The cells of each contact. No connection is held while the reader takes its time."""
    before: UUID | None = None
    while True:
        async with db.workspace(workspace_id) as connection:
            if address is not None:
                rows = await queries.find_by_address(connection, workspace_id, address, limit=_AT_ONCE)
            else:
                rows = await queries.list_contacts(connection, workspace_id, before=before, limit=_AT_ONCE)
        for row in rows:
            yield _cells(row, columns)
        if address is not None or len(rows) < _AT_ONCE:
            return
        before = rows[-1]["id"]


def _cells(row: dict[str, Any], columns: list[str]) -> list[str]:
    addresses = {kind: [a["value"] for a in row["addresses"] if a["kind"] == kind] for kind in KINDS}
    cells = {
        "id": str(row["id"]),
        "name": row["name"] or "",
        "status": row["status"],
        "language": row["language"] or "",
        "timezone": row["timezone"] or "",
        "tags": joined(row["tags"]),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
        **{kind: joined(values) for kind, values in addresses.items()},
        **{f"field:{name}": typed(value) for name, value in row["fields"].items()},
    }
    return [cells.get(column, "") for column in columns]
