"""HTTP of documents: upload, list, versions, download, switch, remove."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from dynaris.conversations.downloads import download
from dynaris.core.errors import DynarisError, InvalidInput
from dynaris.core.files import Files
from dynaris.core.http import PROBLEMS, UPLOAD, Cursor, Db, Limit, Page, StoredFiles, page_of
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.knowledge import sources
from dynaris.knowledge.documents import actions
from dynaris.knowledge.documents.formats import MEDIA_TYPES, ending
from dynaris.knowledge.documents.limits import check_room
from dynaris.knowledge.documents.schemas import Document, DocumentChange, Documents, DocumentWithVersions, Status
from dynaris.workspaces.access import CurrentAccess
from dynaris.workspaces.queries import settings as workspace_settings

router = APIRouter(prefix="/api/knowledge", tags=["documents"], responses=PROBLEMS)

_MOST_FILES = 50  # in one upload
_BINARY = {"type": "string", "format": "binary"}


def _form(**fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": ["file"]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.post(
    "/files",
    status_code=202,
    openapi_extra=_form(
        file={"type": "array", "items": _BINARY}, language={"type": "string", "pattern": "^[a-z]{2,3}$"}
    ),
    max_body_size=UPLOAD,
    summary="Upload files: each becomes a source, which is read in the background",
)
async def upload(request: Request, access: CurrentAccess, db: Db, files: StoredFiles) -> Documents:
    settings: Settings = request.app.state.settings
    found: list[UUID] = []
    again: list[str] = []
    async with request.form(max_files=_MOST_FILES, max_fields=5) as form:
        uploads, language = _uploads(form), _language(form)
        places = [(new_id(), new_id()) for _ in uploads]
        async with (
            _stored(files, access.workspace_id, uploads, places=places, settings=settings) as stored,
            db.transaction(access.workspace_id) as connection,
        ):
            workspace = await workspace_settings(connection, access.workspace_id)
            for (source_id, document_id), one in zip(places, stored, strict=True):
                known = await actions.known_file(connection, access.workspace_id, stored=one, language=language)
                found.append(known or document_id)
                if known:
                    again.append(one.key)
                    continue
                await check_room(connection, access.workspace_id, settings)
                await actions.add_file(
                    connection,
                    access.workspace_id,
                    source_id,
                    document_id=document_id,
                    stored=one,
                    title=one.filename.rpartition(".")[0] or one.filename,
                    language=language or workspace["language"].partition("-")[0],
                    given=language is not None,
                    by=access.actor,
                )
    for key in again:
        await files.delete(key)
    async with db.workspace(access.workspace_id) as connection:
        rows = [await sources.get_document(connection, access.workspace_id, document_id) for document_id in found]
    return Documents(items=[_document(row) for row in rows])


@router.get("/documents", summary="Files and web pages with what became of them, newest first")
async def list_documents(
    access: CurrentAccess,
    db: Db,
    *,
    source_id: Annotated[UUID | None, Query(description="Only those of one source.")] = None,
    status: Annotated[Status | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Document]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await sources.list_documents(
            connection, access.workspace_id, source_id=source_id, status=status, before=cursor, limit=limit + 1
        )
    return page_of([_document(row) for row in rows], limit, lambda document: document.id)


@router.get("/documents/{document_id}", summary="One document with its versions")
async def get_document(access: CurrentAccess, db: Db, document_id: UUID) -> DocumentWithVersions:
    async with db.workspace(access.workspace_id) as connection:
        return _whole(await sources.get_document(connection, access.workspace_id, document_id))


@router.patch("/documents/{document_id}", summary="Switch a document off and on, or say its language")
async def change_document(
    access: CurrentAccess, db: Db, document_id: UUID, change: DocumentChange
) -> DocumentWithVersions:
    async with db.transaction(access.workspace_id) as connection:
        await actions.change_document(
            connection, access.workspace_id, document_id, **change.model_dump(), by=access.actor
        )
        return _whole(await sources.get_document(connection, access.workspace_id, document_id))


@router.delete("/documents/{document_id}", status_code=204, summary="Remove a document with all its versions")
async def remove_document(access: CurrentAccess, db: Db, document_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await actions.remove_document(connection, access.workspace_id, document_id, by=access.actor)


@router.get(
    "/documents/{document_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, to be kept."}},
    summary="The stored original",
)
async def get_file(
    access: CurrentAccess,
    db: Db,
    files: StoredFiles,
    document_id: UUID,
    version: Annotated[int | None, Query(ge=1, le=2_000_000_000, description="The wanted one if absent.")] = None,
) -> Response:
    async with db.workspace(access.workspace_id) as connection:
        row = await sources.stored_version(connection, access.workspace_id, document_id, version)
    return download(await files.get(row["storage_key"]), filename=row["filename"], mime_type=row["media_type"])


@router.put(
    "/documents/{document_id}/file",
    status_code=202,
    openapi_extra=_form(file=_BINARY),
    max_body_size=UPLOAD,
    summary="Upload a new version; the one before it is found until the new one is read",
)
async def replace_file(
    request: Request, access: CurrentAccess, db: Db, files: StoredFiles, document_id: UUID
) -> DocumentWithVersions:
    async with db.workspace(access.workspace_id) as connection:
        known = await sources.get_document(connection, access.workspace_id, document_id)
    async with request.form(max_files=1, max_fields=5) as form:
        uploads = _uploads(form)[:1]
        place = (known["source_id"], document_id)
        settings: Settings = request.app.state.settings
        async with (
            _stored(files, access.workspace_id, uploads, places=[place], settings=settings) as stored,
            db.transaction(access.workspace_id) as connection,
        ):
            await actions.replace_file(connection, access.workspace_id, document_id, stored=stored[0], by=access.actor)
            return _whole(await sources.get_document(connection, access.workspace_id, document_id))


@router.post("/documents/{document_id}/read", status_code=202, summary="Read what is stored once more")
async def read_again(access: CurrentAccess, db: Db, document_id: UUID) -> DocumentWithVersions:
    async with db.transaction(access.workspace_id) as connection:
        await actions.read_again(connection, access.workspace_id, document_id, by=access.actor)
        return _whole(await sources.get_document(connection, access.workspace_id, document_id))


@router.post(
    "/documents/{document_id}/versions/{version}/restore", status_code=202, summary="Bring an earlier version back"
)
async def bring_back(access: CurrentAccess, db: Db, document_id: UUID, version: int) -> DocumentWithVersions:
    if not 0 < version < 2**31:
        raise InvalidInput(f"expected the number of a version, got {version}")
    async with db.transaction(access.workspace_id) as connection:
        await actions.bring_back(connection, access.workspace_id, document_id, version, by=access.actor)
        return _whole(await sources.get_document(connection, access.workspace_id, document_id))


def _uploads(form: FormData) -> list[UploadFile]:
    found = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not found:
        raise InvalidInput("expected a form with one or more files, each in a field named `file`")
    return found


def _language(form: FormData) -> str | None:
    given = form.get("language")
    if not given:
        return None
    if not isinstance(given, str) or not (given.isascii() and given.isalpha() and given.islower() and len(given) < 4):
        raise InvalidInput(f"expected `language` as an ISO 639 code like `de`, got {str(given)[:20]!r}")
    return given


@asynccontextmanager
async def _stored(
    files: Files,
    workspace_id: UUID,
    uploads: Sequence[UploadFile],
    *,
    places: Sequence[tuple[UUID, UUID]],
    settings: Settings,
) -> AsyncIterator[list[actions.Stored]]:
    """The bytes are in the store before the rows that name them, and gone again where these are refused. After any
    other error the rows may be there: what none names goes later (leftovers.py).
    """
    most = settings.document_megabytes * 1_000_000
    names = [actions.checked_name(upload.filename) for upload in uploads]
    stored: list[actions.Stored] = []
    try:
        for upload, name, (source_id, document_id) in zip(uploads, names, places, strict=True):
            try:
                size, digest = await run_in_threadpool(actions.measured, upload.file, most=most)
            except DynarisError as error:
                raise type(error)(f"{name}: {error.detail}") from error
            key = actions.folder_of(workspace_id, source_id, document_id) + new_id().hex
            await files.put_stream(key, upload.file)
            media_type = MEDIA_TYPES[ending(name)]
            stored.append(actions.Stored(filename=name, media_type=media_type, size=size, digest=digest, key=key))
        yield stored
    except DynarisError:
        for one in stored:
            await files.delete(one.key)
        raise


def _document(row: dict[str, Any]) -> Document:
    return Document(**row, url=None if row["place"] == actions.FILE else row["place"])


def _whole(row: dict[str, Any]) -> DocumentWithVersions:
    return DocumentWithVersions(**row, url=None if row["place"] == actions.FILE else row["place"])
