"""Who opens a page: a signed-in person, or an admin of the workspace that they are in."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from dynaris.core.errors import Forbidden, Unauthenticated
from dynaris.core.http import Db
from dynaris.workspaces.access import Access, Session, access_of, current_session, note_visit
from dynaris.workspaces.onward import with_next


async def _page_session(request: Request, db: Db) -> Session:
    """Who is signed out signs in first."""
    try:
        return await current_session(request, db, None)
    except Unauthenticated:
        came_for = request.url.path if request.method == "GET" else "/"
        raise HTTPException(303, headers={"location": with_next("/sign-in", came_for)}) from None


PageSession = Annotated[Session, Depends(_page_session)]


async def _page_admin(request: Request, session: PageSession, db: Db) -> Access:
    """Pages that set a workspace up are for its own admins: what is done there outlasts a visit of staff."""
    access = access_of(session)
    if access is None:
        raise HTTPException(303, headers={"location": "/account"})
    if access.staff:
        await note_visit(request, db, session, access)
    if access.member_id is None or access.role == "teammate":
        raise Forbidden("this page is for admins and owners who work in this workspace")
    return access


PageAdmin = Annotated[Access, Depends(_page_admin)]
