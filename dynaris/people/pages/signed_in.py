"""Who opens a page: a signed-in person."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from dynaris.core.errors import Unauthenticated
from dynaris.core.http import Db
from dynaris.workspaces.access import Session, current_session
from dynaris.workspaces.onward import with_next


async def _page_session(request: Request, db: Db) -> Session:
    """Who is signed out signs in first."""
    try:
        return await current_session(request, db, None)
    except Unauthenticated:
        came_for = request.url.path if request.method == "GET" else "/"
        raise HTTPException(303, headers={"location": with_next("/sign-in", came_for)}) from None


PageSession = Annotated[Session, Depends(_page_session)]
