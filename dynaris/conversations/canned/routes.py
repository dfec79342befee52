"""HTTP of canned replies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.conversations.canned import actions, placeholders, queries, schemas
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/canned-replies", tags=["canned-replies"], responses=PROBLEMS)


@router.get("", summary="Canned replies, those that fit the words best first")
async def list_canned_replies(
    access: CurrentAccess,
    db: Db,
    *,
    q: Annotated[str, Query(max_length=100, description="In shortcut, title or text.")] = "",
    language: Annotated[schemas.Language | None, Query(description="Those in it, and those of any.")] = None,
    conversation_id: Annotated[UUID | None, Query(description="Also `filled` in for this one.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> schemas.CannedReplies:
    async with db.workspace(access.workspace_id) as connection:
        values = None
        if conversation_id:
            values = await queries.values_for(
                connection, access.workspace_id, conversation_id=conversation_id, member_id=access.member_id
            )
        rows = await queries.canned_replies(
            connection, access.workspace_id, words=q.strip(), language=language, limit=limit
        )
    items = [schemas.CannedReply(**row) for row in rows]
    for item in items if values else ():
        item.filled, item.missing = placeholders.filled(item.text, values or {})
    return schemas.CannedReplies(items=items, placeholders=dict(placeholders.KNOWN))


@router.post("", status_code=201)
async def add_canned_reply(access: CurrentAccess, db: Db, body: schemas.NewCannedReply) -> schemas.CannedReply:
    async with db.transaction(access.workspace_id) as connection:
        made = await actions.add_reply(connection, access.workspace_id, **body.model_dump(), by=access.actor)
    return schemas.CannedReply(**made)


@router.patch("/{canned_reply_id}", summary="Change what is named, leave the rest")
async def change_canned_reply(
    access: CurrentAccess, db: Db, canned_reply_id: UUID, body: schemas.CannedReplyChange
) -> schemas.CannedReply:
    async with db.transaction(access.workspace_id) as connection:
        changed = await actions.change_reply(
            connection,
            access.workspace_id,
            canned_reply_id,
            changes=body.model_dump(exclude_unset=True),
            by=access.actor,
        )
    return schemas.CannedReply(**changed)


@router.delete("/{canned_reply_id}", status_code=204)
async def remove_canned_reply(access: CurrentAccess, db: Db, canned_reply_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await actions.remove_reply(connection, access.workspace_id, canned_reply_id, by=access.actor)
