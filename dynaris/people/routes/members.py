"""HTTP: roles of members, and leaving."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from dynaris.core.errors import Forbidden
from dynaris.core.http import PROBLEMS, Db
from dynaris.people import members
from dynaris.people.schemas import NewRole
from dynaris.workspaces import queries
from dynaris.workspaces.access import CurrentAccess, LastingAccess
from dynaris.workspaces.schemas import MemberView

router = APIRouter(prefix="/api/members", tags=["workspace"], responses=PROBLEMS)

_Id = Annotated[UUID, Path(alias="id")]


@router.patch("/{id}")
async def change_role(access: LastingAccess, db: Db, member_id: _Id, body: NewRole) -> MemberView:
    """Admins choose between admin and teammate; owners are made and changed by owners. The last owner stays one."""
    await members.change_role(db, access, member_id, body.role)
    async with db.workspace(access.workspace_id) as connection:
        return MemberView(**await queries.member(connection, access.workspace_id, member_id))


@router.delete("/{id}", status_code=204)
async def remove(access: CurrentAccess, db: Db, member_id: _Id) -> None:
    """Somebody else, by an admin, or oneself. Their sessions here end at once."""
    if access.staff:
        raise Forbidden("staff on a visit cannot remove anybody: the workspace's own people do")
    await members.remove(db, access, member_id)
