"""HTTP of writing to a contact first."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.core.http import PROBLEMS, Db
from dynaris.pipeline.first_word import Begun, FirstWord, Ways, ways_to_write, write_first
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/contacts/{contact_id}", tags=["contacts"], responses=PROBLEMS)


@router.get("/ways-to-write", summary="How they can be written to without having asked, the best way first")
async def list_ways(access: CurrentAccess, db: Db, contact_id: UUID) -> Ways:
    async with db.workspace(access.workspace_id) as connection:
        return Ways(items=await ways_to_write(connection, access.workspace_id, contact_id))


@router.post("/conversations", status_code=201, summary="Write to them first: a new conversation, held by the writer")
async def start_conversation(
    services: CurrentServices, access: CurrentAccess, contact_id: UUID, body: FirstWord
) -> Begun:
    """It leaves through the outbox. Refused where the contact asked for no messages; `blocked` says why."""
    return await write_first(services, access, contact_id, body)
