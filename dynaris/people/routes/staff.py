"""HTTP: staff find a workspace and visit it for a while."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.people import staff
from dynaris.people.schemas import EnterWorkspace, StaffWorkspace, VisitView
from dynaris.workspaces.access import CurrentSession
from dynaris.workspaces.cookies import set_session

router = APIRouter(prefix="/api/staff", tags=["staff"], responses=PROBLEMS)


@router.get("/workspaces")
async def find_workspaces(
    session: CurrentSession,
    db: Db,
    cursor: Cursor,
    search: Annotated[str, Query(max_length=100, description="Part of a name or slug, or an id.")] = "",
    limit: Limit = 50,
) -> Page[StaffWorkspace]:
    rows = await staff.find_workspaces(db, session, words=search, after=cursor, limit=limit)
    return page_of([StaffWorkspace(**row) for row in rows], limit, lambda workspace: workspace.id)


@router.post("/enter")
async def enter(
    request: Request, response: Response, session: CurrentSession, db: Db, body: EnterWorkspace
) -> VisitView:
    """For an hour, as an admin. The workspace's audit log has the entry, the reason, and what is seen and changed."""
    token, until = await staff.enter(db, session, body.workspace_id, body.reason)
    set_session(request, response, token)
    return VisitView(workspace_id=body.workspace_id, until=until)


@router.post("/leave", status_code=204)
async def leave(request: Request, response: Response, session: CurrentSession, db: Db) -> None:
    set_session(request, response, await staff.leave(db, session))
