"""New workspaces, and a person's choice among theirs."""

import re
import secrets
import unicodedata
from uuid import UUID

import psycopg

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, Forbidden, NotFound
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.people import persons, sessions, throttle
from dynaris.workspaces.access import Session
from dynaris.workspaces.actions import add_member, record

_RESERVED = frozenset({"demo", "system", "admin", "api", "auth", "dynaris", "staff", "www"})
_LONGEST = 40


async def found_workspace(
    connection: Connection, workspace_id: UUID, *, name: str, person_id: UUID, email: str, person_name: str
) -> str:
    """Its slug. In the transaction of the new workspace; its person is the owner, everything else as a new one has."""
    slug = await _create(connection, workspace_id, name)
    member_id = await add_member(
        connection, workspace_id, person_id=person_id, email=email, name=person_name, role="owner"
    )
    await record(
        connection,
        workspace_id,
        actor=f"member:{member_id}",
        action="workspace.created",
        subject=f"workspace:{workspace_id}",
        detail={"name": name, "slug": slug},
    )
    return slug


async def _create(connection: Connection, workspace_id: UUID, name: str) -> str:
    base = slug_of(name)
    tries = [] if base in _RESERVED else [base]
    for slug in (*tries, f"{base}-2", f"{base}-3", f"{base}-{secrets.token_hex(4)}"):
        try:
            async with connection.transaction():
                await connection.execute("SELECT create_workspace(%s, %s, %s)", (workspace_id, slug, name))
        except psycopg.errors.UniqueViolation:
            continue
        return slug
    raise AssertionError("random slugs do not collide")


def slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "workspace"


def may_add(settings: Settings, session: Session) -> None:
    """Where sign-up is closed, workspaces are made by whoever runs the installation."""
    if settings.sign_up == "closed" and not session.staff:
        raise Forbidden("new workspaces are closed here: ask whoever runs this installation")


async def add_workspace(db: Database, session: Session, name: str) -> tuple[UUID, str]:
    """Another workspace of a signed-in person; its id, and the session's new token in it."""
    _no_visit(session)
    workspace_id = new_id()
    async with db.transaction(workspace_id) as connection:
        await throttle.take(connection, throttle.NEW_WORKSPACE, str(session.person_id))
        await found_workspace(
            connection,
            workspace_id,
            name=name,
            person_id=session.person_id,
            email=session.email,
            person_name=session.name,
        )
        return workspace_id, await sessions.renew(connection, session, workspace_id)


async def switch(db: Database, session: Session, workspace_id: UUID) -> str:
    """The session's new token in another workspace of the person."""
    _no_visit(session)
    async with db.system() as connection, connection.transaction():
        mine = await persons.workspaces_of(connection, session.person_id)
        if workspace_id not in {workspace["id"] for workspace in mine}:
            raise NotFound(f"you are in no workspace {workspace_id}")
        return await sessions.renew(connection, session, workspace_id)


def _no_visit(session: Session) -> None:
    if session.visit:
        raise Conflict("you are on a visit: POST /api/staff/leave first")
