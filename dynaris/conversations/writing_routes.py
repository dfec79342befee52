"""HTTP of what teammates do in a conversation besides answering: drafts, presence, files to send, what happened."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile

from dynaris.conversations import drafts, presence, uploads
from dynaris.conversations import writing_schemas as schemas
from dynaris.conversations.activity import activity
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db, Limit, Page, Position, PositionCursor, StoredFiles, page_of
from dynaris.workspaces.access import CurrentAccess, own_member

router = APIRouter(prefix="/api", tags=["conversations"], responses=PROBLEMS)

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}


@router.get("/conversations/{conversation_id}/draft", summary="What you were writing here")
async def get_draft(access: CurrentAccess, db: Db, conversation_id: UUID) -> schemas.Draft:
    async with db.workspace(access.workspace_id) as connection:
        found = await drafts.draft(
            connection, access.workspace_id, conversation_id=conversation_id, member_id=own_member(access)
        )
    return schemas.Draft(**found)


@router.put("/conversations/{conversation_id}/draft", summary="Keep what you are writing")
async def put_draft(access: CurrentAccess, db: Db, conversation_id: UUID, body: schemas.DraftChange) -> schemas.Draft:
    """409 with the kept `draft` where another tab changed it since, or sent it. Sending a message drops it."""
    async with db.transaction(access.workspace_id) as connection:
        kept = await drafts.keep_draft(
            connection,
            access.workspace_id,
            conversation_id=conversation_id,
            member_id=own_member(access),
            text=body.text,
            note=body.note,
            attachment_ids=body.attachments,
            version=body.version,
        )
    return schemas.Draft(**kept)


@router.delete("/conversations/{conversation_id}/draft", status_code=204, summary="Drop what you were writing")
async def drop_draft(access: CurrentAccess, db: Db, conversation_id: UUID) -> None:
    async with db.workspace(access.workspace_id) as connection:
        await uploads.channel_of(connection, access.workspace_id, conversation_id)
        await drafts.drop_draft(
            connection, access.workspace_id, conversation_id=conversation_id, member_id=own_member(access)
        )


@router.get("/conversations/{conversation_id}/presence", summary="Who is here, and who is typing")
async def get_presence(access: CurrentAccess, db: Db, conversation_id: UUID) -> schemas.Presence:
    async with db.workspace(access.workspace_id) as connection:
        rows = await presence.present(connection, access.workspace_id, conversation_id=conversation_id)
    return schemas.Presence(items=[schemas.Present(**row) for row in rows])


@router.post("/conversations/{conversation_id}/presence", summary="Say that you are here, type, or have left")
async def say_presence(
    access: CurrentAccess, db: Db, conversation_id: UUID, body: schemas.PresenceChange
) -> schemas.Presence:
    """Lapses by itself. A reply that is being typed shows in the contact's chat."""
    async with db.transaction(access.workspace_id) as connection:
        await presence.be_present(
            connection,
            access.workspace_id,
            conversation_id=conversation_id,
            member_id=own_member(access),
            doing=body.doing,
        )
        if body.doing == "typing" and not body.note:
            await presence.type_to_contact(connection, access.workspace_id, conversation_id=conversation_id)
        rows = await presence.present(connection, access.workspace_id, conversation_id=conversation_id)
    return schemas.Presence(items=[schemas.Present(**row) for row in rows])


@router.get("/conversations/{conversation_id}/activity", summary="What happened around its messages, newest first")
async def get_activity(
    access: CurrentAccess, db: Db, conversation_id: UUID, cursor: PositionCursor, limit: Limit = 50
) -> Page[schemas.ActivityLine]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await activity(
            connection, access.workspace_id, conversation_id=conversation_id, after=cursor, limit=limit + 1
        )
    return page_of([schemas.ActivityLine(**row) for row in rows], limit, lambda line: Position(line.at, line.id))


@router.post(
    "/conversations/{conversation_id}/attachments",
    status_code=201,
    openapi_extra=_FORM,
    max_body_size=uploads.MOST_BYTES + 100_000,
    summary="Upload a file to send with a message",
)
async def upload(
    request: Request, access: CurrentAccess, db: Db, files: StoredFiles, conversation_id: UUID
) -> schemas.Upload:
    """Name its id in the message. What no message names within a week is deleted."""
    async with db.workspace(access.workspace_id) as connection:
        name = await uploads.channel_of(connection, access.workspace_id, conversation_id)
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("expected a form with one file in a field named `file`")
        content = await file.read()
        uploads.check(content, uploads.most_bytes(name) or uploads.MOST_BYTES)
        found = await uploads.keep_upload(
            db,
            files,
            access.workspace_id,
            conversation_id=conversation_id,
            filename=file.filename or "file",
            mime_type=file.content_type or "",
            content=content,
        )
    return schemas.Upload(**found)


@router.delete("/attachments/{attachment_id}", status_code=204, summary="Take back a file that was not sent")
async def drop_upload(access: CurrentAccess, db: Db, files: StoredFiles, attachment_id: UUID) -> None:
    async with db.workspace(access.workspace_id) as connection:
        key = await uploads.drop_upload(connection, access.workspace_id, attachment_id)
    await files.delete(key)
