"""Reads of imports and their rows."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.contacts.cells import typed
from dynaris.contacts.imports.mapped_row import ImportOptions
from dynaris.core.db import Connection, Database
from dynaris.core.errors import NotFound

ImportState = Literal[
    "uploaded", "checking", "checked", "applying", "applied", "undoing", "undone", "failed", "forgotten"
]
Action = Literal["create", "change", "unchanged", "merge", "conflict", "error"]

_ROWS = """SELECT id, line, action, plan, outcome, result, contact_id FROM contact_import_row
    WHERE workspace_id = %(ws)s AND import_id = %(import)s AND line > %(after)s::bigint"""


class ImportColumn(BaseModel):
    header: str
    samples: list[str] = Field(default=[], description="Cells of the first rows, where one import is shown.")
    target: str | None = Field(description="What the column becomes; `null`: nothing. `field:<name>`: a custom field.")


class ContactImport(BaseModel):
    """A file of contacts, and what became of it."""

    id: UUID
    name: str
    state: ImportState
    encoding: str
    delimiter: str
    columns: list[ImportColumn]
    options: ImportOptions
    rows: int
    done: int = Field(description="Rows that the work in progress has done.")
    planned: dict[str, int] = Field(description="Rows by what the dry run says of them.")
    results: dict[str, int] = Field(
        description="Rows by what was done. `differs`: for how many this is not what the dry run said."
    )
    created_by: str
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


class ColumnTarget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    column: int = Field(ge=0, le=1000, description="Its number, from 0.")
    target: str | None = Field(max_length=120)


class ImportChanges(BaseModel):
    """Only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    mapping: list[ColumnTarget] = Field(default=[], max_length=200)
    options: ImportOptions | None = None


class RowChange(BaseModel):
    field: str
    old: Any
    new: Any


class RowFit(BaseModel):
    """Whom the row may be."""

    contact: UUID | None = None
    name: str | None = Field(default=None, description="The contact's.")
    line: int | None = Field(default=None, description="A row of this file, further up, that makes the contact.")
    why: str


class ImportRow(BaseModel):
    line: int
    action: str | None = Field(description="What the dry run says: " + ", ".join(Action.__args__) + ".")
    outcome: str | None = Field(description="What was done: the same words; after an undo removed, restored or kept.")
    contact_id: UUID | None
    changes: list[RowChange]
    addresses: list[dict[str, str]]
    fits: list[RowFit]
    note: str | None
    differs: str | None = Field(description="Why what was done is not what the dry run said.")


async def one(connection: Connection, workspace_id: UUID, import_id: UUID) -> ContactImport:
    cursor = await connection.execute(
        "SELECT * FROM contact_import WHERE workspace_id = %s AND id = %s", (workspace_id, import_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no import {import_id}")
    found = ContactImport.model_validate(row)
    cursor = await connection.execute(
        "SELECT cells FROM contact_import_row WHERE workspace_id = %s AND import_id = %s ORDER BY line LIMIT 3",
        (workspace_id, import_id),
    )
    for cells in [row["cells"] for row in await cursor.fetchall()]:
        for column, cell in zip(found.columns, cells, strict=False):
            column.samples += [cell[:100]] if cell.strip() else []
    return found


async def page(connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int) -> list[ContactImport]:
    """Newest first."""
    cursor = await connection.execute(
        """SELECT * FROM contact_import WHERE workspace_id = %s
           AND id < coalesce(%s, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) ORDER BY id DESC LIMIT %s""",
        (workspace_id, before, limit),
    )
    return [ContactImport.model_validate(row) for row in await cursor.fetchall()]


async def rows(
    connection: Connection, workspace_id: UUID, import_id: UUID, *, after: int, action: Action | None, limit: int
) -> list[ImportRow]:
    """In the order of the file; `after` is a line."""
    names = {"ws": workspace_id, "import": import_id, "after": after, "action": action, "limit": limit}
    cursor = await connection.execute(
        f"""{_ROWS} AND (%(action)s::text IS NULL OR coalesce(outcome, action) = %(action)s)
            ORDER BY line LIMIT %(limit)s""",
        names,
    )
    found = [_row(row) for row in await cursor.fetchall()]
    fits = [fit for row in found for fit in row.fits if fit.contact]
    names = await _names(connection, workspace_id, [fit.contact for fit in fits if fit.contact])
    for fit in fits:
        fit.name = names.get(fit.contact)
    return found


async def _names(connection: Connection, workspace_id: UUID, ids: list[UUID]) -> dict[UUID | None, str | None]:
    if not ids:
        return {}
    cursor = await connection.execute(
        "SELECT id, name FROM contact WHERE workspace_id = %s AND id = ANY(%s)", (workspace_id, ids)
    )
    return {row["id"]: row["name"] for row in await cursor.fetchall()}


def _row(row: dict[str, Any]) -> ImportRow:
    told = row["result"] if row["outcome"] else row["plan"]
    return ImportRow(
        line=row["line"],
        action=row["action"],
        outcome=row["outcome"],
        contact_id=row["contact_id"],
        changes=told.get("changes", []),
        addresses=told.get("addresses", []),
        fits=told.get("fits", []),
        note=told.get("undo") or told.get("note"),
        differs=told.get("differs"),
    )


REPORT_HEADER = ["line", "dry_run", "done", "contact", "changes", "addresses", "fits", "note"]


async def report(db: Database, workspace_id: UUID, import_id: UUID) -> AsyncIterator[list[str]]:
    """Every row as cells of a CSV file."""
    after = 0
    while True:
        async with db.workspace(workspace_id) as connection:
            found = await rows(connection, workspace_id, import_id, after=after, action=None, limit=500)
        for row in found:
            yield _cells(row)
        if not found:
            return
        after = found[-1].line


def _said(value: Any) -> str:
    """In a person's words."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(empty)"
    return "(empty)" if value in (None, "") else typed(value)


def _cells(row: ImportRow) -> list[str]:
    return [
        str(row.line),
        row.action or "",
        row.outcome or "",
        str(row.contact_id or ""),
        "; ".join(f"{change.field}: {_said(change.old)} → {_said(change.new)}" for change in row.changes),
        "; ".join(address["value"] for address in row.addresses),
        "; ".join(f"{fit.contact or f'line {fit.line}'} {fit.why}" for fit in row.fits),
        "; ".join(note for note in (row.note, row.differs) if note),
    ]
