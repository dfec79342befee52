"""Roles and leaving: a workspace always keeps an owner."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, Forbidden, NotFound
from dynaris.core.jobs import defer
from dynaris.people import invitations
from dynaris.workspaces.access import Access, Role
from dynaris.workspaces.actions import record, revoke_keys_of
from dynaris.workspaces.queries import hold_admin
from dynaris.workspaces.teams import leave_teams

LEFT_JOB = "people.member_left.v1"  # handled by `pipeline.person.let_go`


async def change_role(db: Database, access: Access, member_id: UUID, role: Role) -> None:
    async with db.transaction(access.workspace_id) as connection:
        member = await _locked(connection, access.workspace_id, member_id)
        own = await hold_admin(connection, access.workspace_id, access.member_id)
        if "owner" in (member["role"], role) and own != "owner":
            raise Forbidden(f"only owners make or change owners; your role is {own}")
        if member["role"] == role:
            return
        if member["role"] == "owner":
            await _keep_an_owner(connection, access.workspace_id, member_id)
        await connection.execute(
            "UPDATE member SET role = %s WHERE workspace_id = %s AND id = %s", (role, access.workspace_id, member_id)
        )
        detail = {"before": member["role"], "after": role}
        await _record(connection, access, "member.role_changed", member_id, detail)
        await _take_back(connection, access, member_id, role)


async def remove(db: Database, access: Access, member_id: UUID) -> None:
    """Somebody else, by an admin; or oneself. Their sessions in the workspace end at once."""
    myself = member_id == access.member_id
    if not myself and access.role == "teammate":
        raise Forbidden("this needs the role admin; yours is teammate")
    async with db.transaction(access.workspace_id) as connection:
        member = await _locked(connection, access.workspace_id, member_id)
        own = member["role"] if myself else await hold_admin(connection, access.workspace_id, access.member_id)
        if member["role"] == "owner":
            if own != "owner":
                raise Forbidden(f"only owners remove owners; your role is {own}")
            await _keep_an_owner(connection, access.workspace_id, member_id)
        await connection.execute(
            "UPDATE member SET removed_at = clock_timestamp() WHERE workspace_id = %s AND id = %s",
            (access.workspace_id, member_id),
        )
        await leave_teams(connection, access.workspace_id, member_id)
        await connection.execute("SELECT end_sessions_in(%s, %s)", (member["person_id"], access.workspace_id))
        left = {"workspace_id": str(access.workspace_id), "member_id": str(member_id)}
        await defer(connection, LEFT_JOB, left)
        action = "member.left" if myself else "member.removed"
        await _record(connection, access, action, member_id, {"email": member["email"], "role": member["role"]})
        await _take_back(connection, access, member_id, None)


async def _take_back(connection: Connection, access: Access, member_id: UUID, role: Role | None) -> None:
    """What they let in and may not let in any more: who was sent away must not come back by their own invitation."""
    maker = f"member:{member_id}"
    if role in (None, "teammate"):
        await revoke_keys_of(connection, access.workspace_id, maker, by=access.actor)
        await invitations.revoke_made_by(connection, access, maker, roles=["owner", "admin", "teammate"])
    elif role == "admin":
        await invitations.revoke_made_by(connection, access, maker, roles=["owner"])


async def _locked(connection: Connection, workspace_id: UUID, member_id: UUID) -> dict[str, Any]:
    """The owners first, always in the same order: of two who step down at once the second sees that it is the last."""
    await connection.execute(
        """SELECT id FROM member WHERE workspace_id = %s AND role = 'owner' AND removed_at IS NULL
           ORDER BY id FOR UPDATE""",
        (workspace_id,),
    )
    cursor = await connection.execute(
        """SELECT person_id, email, role FROM member WHERE workspace_id = %s AND id = %s AND removed_at IS NULL
           FOR UPDATE""",
        (workspace_id, member_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no member {member_id}")
    return row


async def _keep_an_owner(connection: Connection, workspace_id: UUID, member_id: UUID) -> None:
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM member WHERE workspace_id = %s AND role = 'owner' AND removed_at IS NULL
                          AND id <> %s) AS others""",
        (workspace_id, member_id),
    )
    row = await cursor.fetchone()
    if not (row and row["others"]):
        raise Conflict("this is the last owner: make somebody else an owner first")


async def _record(connection: Connection, access: Access, action: str, member_id: UUID, detail: dict[str, Any]) -> None:
    subject = f"member:{member_id}"
    await record(connection, access.workspace_id, actor=access.actor, action=action, subject=subject, detail=detail)
