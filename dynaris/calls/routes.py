"""HTTP of calls: those that were, those that go on, and what was said."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.calls import queries
from dynaris.calls.record import CallOutcome
from dynaris.calls.schemas import CallDetail, CallLine, CallStatus, Direction
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/calls", tags=["calls"], responses=PROBLEMS)


@router.get("", summary="Calls, newest first")
async def list_calls(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    limit: Limit = 50,
    status: Annotated[CallStatus | None, Query(description="`live`: somebody talks.")] = None,
    outcome: CallOutcome | None = None,
    direction: Direction | None = None,
    agent: Annotated[str | None, Query(max_length=100, description="Who answered.")] = None,
    account_id: UUID | None = None,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
) -> Page[CallLine]:
    wanted = {
        "status": status,
        "outcome": outcome,
        "direction": direction,
        "agent": agent,
        "account_id": account_id,
        "contact_id": contact_id,
        "conversation_id": conversation_id,
    }
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.calls(connection, access.workspace_id, wanted, before=cursor, limit=limit)
    return page_of([CallLine(**row) for row in rows], limit, lambda line: line.id)


@router.get("/{call_id}", summary="One call, with who was on its line and what was said")
async def get_call(access: CurrentAccess, db: Db, call_id: UUID) -> CallDetail:
    async with db.workspace(access.workspace_id) as connection:
        return CallDetail(**await queries.call(connection, access.workspace_id, call_id))
