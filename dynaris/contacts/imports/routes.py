"""HTTP of imports and of the export: upload, map, dry run, apply, undo; rows page by page or as a file."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from dynaris.contacts import export
from dynaris.contacts.imports import actions, queries
from dynaris.contacts.imports.queries import Action, ContactImport, ImportChanges, ImportRow
from dynaris.contacts.imports.reading import MOST_BYTES
from dynaris.core.csv_file import as_csv
from dynaris.core.errors import InvalidInput
from dynaris.core.http import CSV_FILE, PROBLEMS, Cursor, Db, Limit, Page, Rank, RankCursor, csv_download, page_of
from dynaris.workspaces.access import Access, AdminAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api/contacts", tags=["imports"], responses=PROBLEMS)

_BINARY = {"type": "string", "format": "binary"}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": _BINARY},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _BINARY}, "required": ["file"]}
            },
        },
    }
}


@router.get("/export.csv", response_class=StreamingResponse, responses=CSV_FILE, summary="All contacts as a CSV file")
async def export_contacts(
    access: AdminAccess,
    db: Db,
    address: Annotated[str | None, Query(max_length=400, description="Only contacts with this address.")] = None,
) -> StreamingResponse:
    columns = await export.header(db, access.workspace_id)
    async with db.transaction(access.workspace_id) as connection:
        subject = f"workspace:{access.workspace_id}"
        await record(connection, access.workspace_id, actor=access.actor, action="contacts.exported", subject=subject)
    rows = export.exported(db, access.workspace_id, columns, address=address)
    return csv_download(as_csv(columns, rows), "contacts.csv")


@router.post(
    "/imports",
    status_code=201,
    openapi_extra=_UPLOAD,
    max_body_size=MOST_BYTES + 10_000,
    summary="Upload a CSV file; nothing is changed yet",
)
async def upload(
    request: Request,
    access: AdminAccess,
    db: Db,
    name: Annotated[str, Query(max_length=200, description="Of the file, where the body is the file itself.")] = "",
) -> ContactImport:
    content, given = await _content(request)
    async with db.transaction(access.workspace_id) as connection:
        import_id = await actions.create_import(
            connection, access.workspace_id, content, name=given or name, by=access.actor
        )
        return await queries.one(connection, access.workspace_id, import_id)


async def _content(request: Request) -> tuple[bytes, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.body(), ""
    async with request.form(max_files=1, max_fields=10, max_part_size=10_000) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("expected a part named `file` with the CSV file")
        return await file.read(), file.filename or ""


@router.get("/imports", summary="Imports, newest first")
async def list_imports(access: AdminAccess, db: Db, cursor: Cursor = None, limit: Limit = 50) -> Page[ContactImport]:
    async with db.workspace(access.workspace_id) as connection:
        found = await queries.page(connection, access.workspace_id, before=cursor, limit=limit + 1)
    return page_of(found, limit, lambda one: one.id)


@router.get("/imports/{import_id}", summary="One import, with its progress")
async def get_import(access: AdminAccess, db: Db, import_id: UUID) -> ContactImport:
    async with db.workspace(access.workspace_id) as connection:
        return await queries.one(connection, access.workspace_id, import_id)


@router.patch("/imports/{import_id}", summary="Change what columns mean, and the options")
async def change_import(access: AdminAccess, db: Db, import_id: UUID, body: ImportChanges) -> ContactImport:
    async with db.transaction(access.workspace_id) as connection:
        await actions.change_import(
            connection,
            access.workspace_id,
            import_id,
            targets={each.column: each.target for each in body.mapping},
            options=body.options.model_dump(exclude_unset=True) if body.options else {},
            by=access.actor,
        )
        return await queries.one(connection, access.workspace_id, import_id)


@router.post("/imports/{import_id}/dry-run", status_code=202, summary="Say what would become of each row")
async def dry_run(access: AdminAccess, db: Db, import_id: UUID) -> ContactImport:
    return await _started(db, access, import_id, "checking")


@router.post("/imports/{import_id}/apply", status_code=202, summary="Do what the dry run said")
async def apply(access: AdminAccess, db: Db, import_id: UUID) -> ContactImport:
    return await _started(db, access, import_id, "applying")


@router.post("/imports/{import_id}/undo", status_code=202, summary="Take back what nobody has changed since")
async def undo(access: AdminAccess, db: Db, import_id: UUID) -> ContactImport:
    return await _started(db, access, import_id, "undoing")


@router.delete("/imports/{import_id}", status_code=204, summary="Forget what was read")
async def forget(access: AdminAccess, db: Db, import_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await actions.forget_import(connection, access.workspace_id, import_id, by=access.actor)


@router.get("/imports/{import_id}/rows", summary="What becomes, or became, of each row")
async def list_rows(
    access: AdminAccess,
    db: Db,
    import_id: UUID,
    *,
    action: Annotated[Action | None, Query(description="Only rows of which this was done, or is planned.")] = None,
    cursor: RankCursor = None,
    limit: Limit = 50,
) -> Page[ImportRow]:
    async with db.workspace(access.workspace_id) as connection:
        await queries.one(connection, access.workspace_id, import_id)
        found = await queries.rows(
            connection,
            access.workspace_id,
            import_id,
            after=cursor.number if cursor else 0,
            action=action,
            limit=limit + 1,
        )
    return page_of(found, limit, lambda row: Rank(row.line, import_id))


@router.get(
    "/imports/{import_id}/rows.csv",
    response_class=StreamingResponse,
    responses=CSV_FILE,
    summary="The same, as a CSV file",
)
async def download_rows(access: AdminAccess, db: Db, import_id: UUID) -> StreamingResponse:
    async with db.workspace(access.workspace_id) as connection:
        await queries.one(connection, access.workspace_id, import_id)
    rows = queries.report(db, access.workspace_id, import_id)
    return csv_download(as_csv(queries.REPORT_HEADER, rows), "import.csv")


async def _started(db: Db, access: Access, import_id: UUID, what: str) -> ContactImport:
    async with db.transaction(access.workspace_id) as connection:
        await actions.start(connection, access.workspace_id, import_id, what=what, by=access.actor)
        return await queries.one(connection, access.workspace_id, import_id)
