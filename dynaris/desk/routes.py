"""HTTP of the agent desktop: assign, close, snooze, reopen, and the same with many conversations at once."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.conversations import inbox
from dynaris.conversations.schemas import Conversation
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS
from dynaris.desk import actions, schemas
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/conversations", tags=["conversations"], responses=PROBLEMS)


@router.patch("/{conversation_id}", summary="Close, snooze, reopen, rename")
async def update_conversation(
    services: CurrentServices, access: CurrentAccess, conversation_id: UUID, body: schemas.ConversationChanges
) -> Conversation:
    """The contact's next message opens it again. Closing ends its waiting follow-ups, and what waits there for a
    person."""
    async with services.db.transaction(access.workspace_id) as connection:
        await actions.change(access, connection, conversation_id, to=body)
        return await _conversation(connection, access.workspace_id, conversation_id)


@router.post("/{conversation_id}/assign", summary="Give it to a member or a team")
async def assign(
    services: CurrentServices, access: CurrentAccess, conversation_id: UUID, body: schemas.Assignment
) -> Conversation:
    """The agents are silent there, as after a claim. A member other than you is told."""
    async with services.db.transaction(access.workspace_id) as connection:
        await actions.assign(services, access, connection, conversation_id, to=body)
        return await _conversation(connection, access.workspace_id, conversation_id)


@router.post("/bulk", summary="Close, snooze, assign or tag many; answered one by one")
async def bulk(services: CurrentServices, access: CurrentAccess, body: schemas.BulkAction) -> schemas.BulkResults:
    return schemas.BulkResults(items=await actions.each(services, access, body))


async def _conversation(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Conversation:
    return Conversation(**await inbox.conversation(connection, workspace_id, conversation_id))
