"""HTTP: invitations to the workspace, and answering one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.people import invitations
from dynaris.people.browser import let_in, session_of, settings_of
from dynaris.people.routes.gone import GONE
from dynaris.people.schemas import (
    AcceptInvitation,
    InvitationLook,
    InvitationView,
    NewInvitation,
    OneToken,
    SignedIn,
)
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import AdminAccess, AdminInPerson
from dynaris.workspaces.cookies import set_session

router = APIRouter(prefix="/api", responses=PROBLEMS)

_Id = Annotated[UUID, Path(alias="id")]


@router.post("/invitations", tags=["invitations"], status_code=201)
async def invite(request: Request, access: AdminInPerson, db: Db, body: NewInvitation) -> InvitationView:
    """Mails a link that works for seven days. Only owners invite owners."""
    row = await invitations.invite(db, settings_of(request), access, email=body.email, role=body.role)
    return InvitationView(**row)


@router.get("/invitations", tags=["invitations"])
async def list_invitations(access: AdminAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[InvitationView]:
    """Those that nobody answered yet, expired ones too."""
    async with db.workspace(access.workspace_id) as connection:
        rows = await invitations.listed(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([InvitationView(**row) for row in rows], limit, lambda invitation: invitation.id)


@router.post("/invitations/{id}/resend", tags=["invitations"])
async def resend(request: Request, access: AdminInPerson, db: Db, invitation_id: _Id) -> InvitationView:
    """Under a new link, for another seven days; the earlier link works no more."""
    return InvitationView(**await invitations.resend(db, settings_of(request), access, invitation_id))


@router.delete("/invitations/{id}", tags=["invitations"], status_code=204)
async def revoke(access: AdminInPerson, db: Db, invitation_id: _Id) -> None:
    await invitations.revoke(db, access, invitation_id)


@router.post("/auth/invitation", tags=["auth"], responses=GONE)
async def look(db: Db, _visitor: FromVisitor, body: OneToken) -> InvitationLook:
    """What a link is for; uses nothing up."""
    found = await invitations.look(db, body.token)
    return InvitationLook(
        workspace=found["workspace"],
        email=found["email"],
        role=found["role"],
        expires_at=found["expires_at"],
        has_account=found["has_account"],
    )


@router.post("/auth/invitation/accept", tags=["auth"], responses=GONE)
async def accept(
    request: Request, response: Response, db: Db, visitor: FromVisitor, body: AcceptInvitation
) -> SignedIn:
    """With name and password as a new person; without both as whoever is signed in."""
    if body.name and body.password:
        opened = await invitations.accept_new(
            db, token=body.token, name=body.name, password=body.password, visitor=visitor
        )
        await let_in(request, response, db, opened)
        return SignedIn()
    if body.name or body.password:
        raise InvalidInput("a new person sends `name` and `password`; who is signed in sends neither")
    session = await session_of(request, db)
    if session is None:
        raise InvalidInput("send `name` and `password`, or sign in first")
    set_session(request, response, await invitations.accept_signed_in(db, session, token=body.token))
    return SignedIn()
