"""HTTP of writing to a contact first."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.contacts.merge import survivor
from dynaris.conversations.ways import ways_to_write
from dynaris.core.http import PROBLEMS, Db
from dynaris.pipeline.by_template import to_send
from dynaris.pipeline.first_word import Begun, FirstWord, Ways, write_first
from dynaris.pipeline.services import CurrentServices
from dynaris.templates.schemas import TemplatesToSend
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/contacts/{contact_id}", tags=["contacts"], responses=PROBLEMS)


@router.get("/ways-to-write", summary="How they can be written to without having asked, the best way first")
async def list_ways(access: CurrentAccess, db: Db, contact_id: UUID) -> Ways:
    async with db.workspace(access.workspace_id) as connection:
        return Ways(items=await ways_to_write(connection, access.workspace_id, contact_id))


@router.get(
    "/templates/{account_id}", summary="Templates that can be sent to them from an account, filled with what is known"
)
async def list_templates_to_send(
    access: CurrentAccess,
    db: Db,
    contact_id: UUID,
    account_id: UUID,
    text: Annotated[str, Query(max_length=10_000, description="What is to be said, for gaps that take it.")] = "",
) -> TemplatesToSend:
    async with db.workspace(access.workspace_id) as connection:
        contact_id = await survivor(connection, access.workspace_id, contact_id)
        return TemplatesToSend(
            items=await to_send(
                connection,
                access.workspace_id,
                contact_id=contact_id,
                account_id=account_id,
                member_id=access.member_id,
                text=text,
            )
        )


@router.post("/conversations", status_code=201, summary="Write to them first: a new conversation, held by the writer")
async def start_conversation(
    services: CurrentServices, access: CurrentAccess, contact_id: UUID, body: FirstWord
) -> Begun:
    """It leaves through the outbox. Refused where the contact asked for no messages; `blocked` says why."""
    return await write_first(services, access, contact_id, body)
