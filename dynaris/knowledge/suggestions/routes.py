"""HTTP of suggestions: questions that had no answer, for a person to decide."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.core.http import PROBLEMS, Db, Limit, Page, Rank, RankCursor, page_of
from dynaris.knowledge.suggestions import actions
from dynaris.knowledge.suggestions.schemas import Approval, State, Suggestion
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/knowledge/suggestions", tags=["documents"], responses=PROBLEMS)


@router.get("", summary="Questions that had no answer, most asked first")
async def list_suggestions(
    access: CurrentAccess,
    db: Db,
    *,
    status: Annotated[State, Query()] = "open",
    cursor: RankCursor = None,
    limit: Limit = 50,
) -> Page[Suggestion]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await actions.page(connection, access.workspace_id, status=status, after=cursor, limit=limit + 1)
    return page_of([Suggestion(**row) for row in rows], limit, lambda found: Rank(found.asked, found.id))


@router.get("/{suggestion_id}", summary="One of them")
async def get_suggestion(access: CurrentAccess, db: Db, suggestion_id: UUID) -> Suggestion:
    async with db.workspace(access.workspace_id) as connection:
        return Suggestion(**await actions.one(connection, access.workspace_id, suggestion_id))


@router.post("/{suggestion_id}/approve", summary="Make an FAQ of it, as written here")
async def approve(access: CurrentAccess, db: Db, suggestion_id: UUID, given: Approval) -> Suggestion:
    async with db.transaction(access.workspace_id) as connection:
        await actions.approve(connection, access.workspace_id, suggestion_id, given=given, by=access.actor)
        return Suggestion(**await actions.one(connection, access.workspace_id, suggestion_id))


@router.post("/{suggestion_id}/dismiss", summary="Never propose it again")
async def dismiss(access: CurrentAccess, db: Db, suggestion_id: UUID) -> Suggestion:
    async with db.transaction(access.workspace_id) as connection:
        await actions.dismiss(connection, access.workspace_id, suggestion_id, by=access.actor)
        return Suggestion(**await actions.one(connection, access.workspace_id, suggestion_id))
