"""HTTP: a person's workspaces, and which of them the session is in."""

from fastapi import APIRouter, Request, Response

from dynaris.core.http import PROBLEMS, Db
from dynaris.people import persons, workspaces
from dynaris.people.browser import settings_of
from dynaris.people.schemas import ChooseWorkspace, MyWorkspace, MyWorkspaces, NewWorkspaceBody
from dynaris.workspaces.access import CurrentSession
from dynaris.workspaces.cookies import set_session

router = APIRouter(prefix="/api", tags=["workspaces"], responses=PROBLEMS)


@router.get("/workspaces")
async def list_workspaces(session: CurrentSession, db: Db) -> MyWorkspaces:
    """Yours, with your role in each. `X-Dynaris-Workspace` picks one for a single request."""
    async with db.system() as connection:
        rows = await persons.workspaces_of(connection, session.person_id)
    return MyWorkspaces(items=[_view(row, current=row["id"] == session.workspace_id) for row in rows])


@router.post("/workspaces", status_code=201)
async def add_workspace(
    request: Request, response: Response, session: CurrentSession, db: Db, body: NewWorkspaceBody
) -> MyWorkspace:
    """You are its owner, and the session is in it from now on."""
    workspaces.may_add(settings_of(request), session)
    workspace_id, token = await workspaces.add_workspace(db, session, body.name)
    set_session(request, response, token)
    async with db.system() as connection:
        rows = await persons.workspaces_of(connection, session.person_id)
    return next(_view(row, current=True) for row in rows if row["id"] == workspace_id)


@router.post("/session/workspace", status_code=204)
async def choose_workspace(
    request: Request, response: Response, session: CurrentSession, db: Db, body: ChooseWorkspace
) -> None:
    set_session(request, response, await workspaces.switch(db, session, body.workspace_id))


def _view(row: dict, *, current: bool) -> MyWorkspace:
    return MyWorkspace(id=row["id"], slug=row["slug"], name=row["name"], role=row["role"], current=current)
