"""Staff of the installation: they visit workspaces for a while, and each visit is in the visited one's audit log."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, Forbidden, NotFound
from dynaris.core.ids import new_token, token_hash
from dynaris.people import persons
from dynaris.people.mail import SYSTEM
from dynaris.workspaces.access import Session
from dynaris.workspaces.actions import record

VISIT_MINUTES = 60


def require_staff(session: Session) -> None:
    if not session.staff:
        raise Forbidden("this is for the installation's staff")
    if not session.totp_on:
        raise Forbidden("staff need two-step sign-in: switch it on in your account first")


async def find_workspaces(
    db: Database, session: Session, *, words: str, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit + 1`, oldest first, by words of the name, the slug or the id."""
    require_staff(session)
    async with db.system() as connection:
        cursor = await connection.execute("SELECT * FROM staff_workspaces(%s, %s, %s)", (words, after, limit + 1))
        return await cursor.fetchall()


async def enter(db: Database, session: Session, workspace_id: UUID, reason: str) -> tuple[str, datetime]:
    """The session's new token, and when the visit ends."""
    require_staff(session)
    if session.visit:
        raise Conflict("you are on a visit already: POST /api/staff/leave first")
    if workspace_id == SYSTEM:
        raise NotFound(f"there is no workspace {workspace_id}")
    token, until = new_token(), clock.now() + timedelta(minutes=VISIT_MINUTES)
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute("SELECT id FROM workspace WHERE id = %s", (workspace_id,))
        if await cursor.fetchone() is None:
            raise NotFound(f"there is no workspace {workspace_id}")
        await _visit(connection, session, token, workspace_id=workspace_id, until=until, reason=reason)
        await _record(
            connection, session, workspace_id, "staff.entered", {"reason": reason, "until": until.isoformat()}
        )
    return token, until


async def leave(db: Database, session: Session) -> str:
    """The session's new token; it acts in the person's own workspace again."""
    if session.visit is None:
        raise Conflict("you are on no visit")
    token = new_token()
    async with db.transaction(session.visit.workspace_id) as connection:
        await _visit(connection, session, token, workspace_id=None, until=None, reason=None)
        await _record(connection, session, session.visit.workspace_id, "staff.left", {})
    return token


async def set_staff(db: Database, email: str, is_staff: bool) -> None:
    """Raises `NotFound` where nobody has this address."""
    async with db.system() as connection:
        address = persons.normal_address(email)
        cursor = await connection.execute("SELECT set_staff(%s, %s) AS id", (address, is_staff))
        row = await cursor.fetchone()
    if row is None or row["id"] is None:
        raise NotFound(f"nobody has the address {address}: sign up first")


async def everybody(db: Database) -> list[dict[str, Any]]:
    async with db.system() as connection:
        return await (await connection.execute("SELECT * FROM staff_people()")).fetchall()


async def _visit(
    connection: Connection,
    session: Session,
    token: str,
    *,
    workspace_id: UUID | None,
    until: datetime | None,
    reason: str | None,
) -> None:
    await connection.execute(
        "SELECT visit_workspace(%s, %s, %s, %s, %s)",
        (token_hash(session.token), token_hash(token), workspace_id, until, reason),
    )


async def _record(
    connection: Connection, session: Session, workspace_id: UUID, action: str, detail: dict[str, Any]
) -> None:
    await record(
        connection,
        workspace_id,
        actor=f"staff:{session.person_id}",
        action=action,
        subject=f"session:{session.id}",
        detail={"name": session.name, "email": session.email, **detail},
    )
