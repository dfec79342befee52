"""HTTP: roles of members, what they speak and know, and leaving."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from dynaris.core.errors import Forbidden
from dynaris.core.http import PROBLEMS, Db
from dynaris.people import members
from dynaris.people.schemas import NewRole
from dynaris.workspaces import queries
from dynaris.workspaces.abilities import set_abilities
from dynaris.workspaces.access import AdminAccess, AdminInPerson, CurrentAccess, known_keys
from dynaris.workspaces.schemas import Abilities, MemberView

router = APIRouter(prefix="/api/members", tags=["workspace"], responses=PROBLEMS)

_Id = Annotated[UUID, Path(alias="id")]


@router.patch("/{id}")
async def change_role(request: Request, access: AdminInPerson, db: Db, member_id: _Id, body: NewRole) -> MemberView:
    """Admins choose between admin and teammate; owners are made and changed by owners. The last owner stays one.
    Who is no admin any more loses the API keys they made and the invitations that nobody answered yet."""
    await members.change_role(db, access, member_id, body.role)
    known_keys(request).forget()
    async with db.workspace(access.workspace_id) as connection:
        return MemberView(**await queries.member(connection, access.workspace_id, member_id))


@router.put("/{id}/abilities", summary="Languages and skills, by which conversations are offered")
async def put_abilities(access: AdminAccess, db: Db, member_id: _Id, body: Abilities) -> MemberView:
    async with db.transaction(access.workspace_id) as connection:
        await set_abilities(
            connection,
            access.workspace_id,
            member_id,
            languages=body.languages,
            skills=body.skills,
            by=access.actor,
        )
        return MemberView(**await queries.member(connection, access.workspace_id, member_id))


@router.delete("/{id}", status_code=204)
async def remove(request: Request, access: CurrentAccess, db: Db, member_id: _Id) -> None:
    """Somebody else, by an admin, or oneself. Their sessions here, API keys and open invitations end at once."""
    if access.member_id is None:
        raise Forbidden("an API key cannot remove anybody: a signed-in admin does")
    await members.remove(db, access, member_id)
    known_keys(request).forget()
