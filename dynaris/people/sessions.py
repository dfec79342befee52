"""Signed-in browsers: opened, renewed under another token, listed, ended."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.ids import new_token, token_hash
from dynaris.people.visitor import Visitor
from dynaris.workspaces.access import Session
from dynaris.workspaces.cookies import SESSION_DAYS


class Opened(NamedTuple):
    """What the browser is given: its session, and what it is known by from now on."""

    session: str
    device: str


async def open_session(
    connection: Connection, person_id: UUID, visitor: Visitor, workspace_id: UUID | None = None
) -> Opened:
    token = new_token()
    until = clock.now() + timedelta(days=SESSION_DAYS)
    await connection.execute(
        "SELECT create_session(%s, %s, %s, %s, %s, %s)",
        (token_hash(token), person_id, workspace_id, until, visitor.ip, visitor.device),
    )
    return Opened(token, await remember_device(connection, person_id, visitor))


async def remember_device(connection: Connection, person_id: UUID, visitor: Visitor) -> str:
    """A browser that this person signed in with before keeps its token; another gets a new one."""
    known = await is_known(connection, person_id, visitor.known_by)
    device = visitor.known_by if known and visitor.known_by else new_token()
    await connection.execute("SELECT remember_device(%s, %s)", (person_id, token_hash(device)))
    return device


async def is_known(connection: Connection, person_id: UUID, device: str | None) -> bool:
    if not device:
        return False
    cursor = await connection.execute("SELECT is_known_device(%s, %s) AS known", (person_id, token_hash(device)))
    row = await cursor.fetchone()
    return bool(row and row["known"])


async def renew(connection: Connection, session: Session, workspace_id: UUID | None = None) -> str:
    """The same session under a new token, whenever what it may do changes."""
    token = new_token()
    await connection.execute(
        "SELECT rotate_session(%s, %s, %s)", (token_hash(session.token), token_hash(token), workspace_id)
    )
    return token


async def listed(connection: Connection, person_id: UUID) -> list[dict[str, Any]]:
    """Those that still work, the last used first."""
    return await (await connection.execute("SELECT * FROM sessions_of(%s)", (person_id,))).fetchall()


async def end(connection: Connection, person_id: UUID, session_id: UUID) -> None:
    if not await _revoke(connection, person_id, only=session_id):
        raise NotFound(f"you have no session {session_id}")


async def end_all(connection: Connection, person_id: UUID, *, but: UUID | None = None) -> int:
    return await _revoke(connection, person_id, but=but)


async def _revoke(connection: Connection, person_id: UUID, *, only: UUID | None = None, but: UUID | None = None) -> int:
    cursor = await connection.execute("SELECT revoke_sessions(%s, %s, %s) AS n", (person_id, only, but))
    row = await cursor.fetchone()
    return row["n"] if row else 0


async def forget_devices(connection: Connection, person_id: UUID) -> None:
    await connection.execute("SELECT forget_devices(%s)", (person_id,))
