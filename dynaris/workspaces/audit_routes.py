"""HTTP: the audit log, in pages and as a file."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from dynaris.core.csv_file import as_csv
from dynaris.core.http import CSV_FILE, PROBLEMS, Db, Limit, Page, Position, PositionCursor, csv_download, page_of
from dynaris.workspaces import audit
from dynaris.workspaces.access import AdminAccess

router = APIRouter(prefix="/api/audit-log", tags=["audit-log"], responses=PROBLEMS)


class AuditEntry(BaseModel):
    """A change: by whom, of what."""

    id: UUID
    created_at: AwareDatetime
    actor: str = Field(description="`member:<id>`, `key:<id>`, `agent:<name>`, `staff:<id>` or `system`.")
    actor_name: str = Field(description="For people to read; of somebody who left, too.")
    action: str
    subject: str = Field(description="What was changed: `contact:<id>` …")
    detail: dict[str, Any]


_Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


async def _filter(
    *,
    actor: Annotated[_Text, Query(description="Whole, or its kind: `member`, `key`, `agent`, `staff`.")] = None,
    action: Annotated[_Text, Query(description="Whole, or its beginning: `contact.`")] = None,
    subject: Annotated[_Text, Query(description="`contact:<id>` …")] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> audit.AuditFilter:
    return audit.AuditFilter(actor, action, subject, since, until)


Wanted = Annotated[audit.AuditFilter, Depends(_filter)]


@router.get("", summary="Changes, newest first")
async def list_audit_entries(
    access: AdminAccess, db: Db, wanted: Wanted, cursor: PositionCursor, limit: Limit = 50
) -> Page[AuditEntry]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await audit.entries(connection, access.workspace_id, wanted, before=cursor, limit=limit + 1)
    return page_of([AuditEntry(**row) for row in rows], limit, lambda one: Position(one.created_at, one.id))


@router.get(".csv", response_class=StreamingResponse, responses=CSV_FILE, summary="The same as a file for spreadsheets")
async def download_audit_log(access: AdminAccess, db: Db, wanted: Wanted) -> StreamingResponse:
    return csv_download(as_csv(audit.COLUMNS, audit.rows_of(db, access.workspace_id, wanted)), "audit-log.csv")
