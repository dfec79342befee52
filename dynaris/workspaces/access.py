"""Who is asking: an API key, a signed-in member or staff on a visit, and the workspace they act in."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import structlog
from fastapi import Depends, Header, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.errors import Forbidden, NotFound, NoWorkspace, Unauthenticated
from dynaris.core.http import Db
from dynaris.core.ids import token_hash
from dynaris.core.origins import is_of_host
from dynaris.workspaces import visits
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie

_KEY_SECONDS = 5.0  # how long a key is believed without asking again: a revoked one works at most this long
_MOST_KEYS = 1_000

Role = Literal["teammate", "admin", "owner"]
_RANK = {"teammate": 0, "admin": 1, "owner": 2}


@dataclass(frozen=True, slots=True)
class Access:
    """API keys act with the role of an admin and are no member; so does staff on a visit."""

    workspace_id: UUID
    actor: str  # "member:<uuid>", "key:<uuid>" or "staff:<person uuid>", as in the audit log
    member_id: UUID | None
    role: Role
    person_id: UUID | None = None  # none for a key
    staff: bool = False  # on a visit: every request is in the audit log


@dataclass(frozen=True, slots=True)
class Visit:
    """Staff in a workspace that they are no member of."""

    workspace_id: UUID
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `workspace_id`, `member_id` and `role` are absent for who works in none (any more)."""

    id: UUID
    token: str
    person_id: UUID
    email: str
    name: str
    staff: bool  # may visit workspaces
    totp_on: bool
    workspace_id: UUID | None
    member_id: UUID | None
    role: Role | None
    visit: Visit | None
    stale: bool  # not written down as seen for a minute


class KnownKeys:
    """Keys seen in the last seconds, so that a busy caller does not cost a look-up for each request."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, Access]] = {}

    async def access(self, db: Database, key: str) -> Access | None:
        digest = token_hash(key)
        known = self._known.get(digest)
        if known and known[0] > time.monotonic():
            return known[1]
        access = await _access_by_key(db, digest)
        if access is None:
            self._known.pop(digest, None)
            return None
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        self._known[digest] = (time.monotonic() + _KEY_SECONDS, access)
        return access

    def forget(self) -> None:
        """After a revocation: the next request asks the database."""
        self._known.clear()


async def _access_by_key(db: Database, digest: bytes) -> Access | None:
    async with db.system() as connection:
        row = await (await connection.execute("SELECT * FROM api_key_by_token(%s)", (digest,))).fetchone()
    if row is None:
        return None
    async with db.workspace(row["workspace_id"]) as connection:
        await connection.execute(
            """UPDATE api_key SET last_used_at = clock_timestamp() WHERE workspace_id = %s AND id = %s
               AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')""",
            (row["workspace_id"], row["key_id"]),
        )
    return Access(row["workspace_id"], f"key:{row['key_id']}", None, "admin")


async def session_by_token(db: Database, token: str, wanted: UUID | None = None) -> Session | None:
    """`wanted`: another of the person's workspaces than the session's own."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT * FROM session_by_token(%s, %s)", (token_hash(token), wanted))
        row = await cursor.fetchone()
    if row is None:
        return None
    visited = row["staff_workspace_id"]
    return Session(
        id=row["session_id"],
        token=token,
        person_id=row["person_id"],
        email=row["email"],
        name=row["person_name"],
        staff=row["staff"],
        totp_on=row["totp_on"],
        workspace_id=row["workspace_id"],
        member_id=row["member_id"],
        role=row["role"],
        visit=Visit(visited, row["staff_until"], row["staff_reason"]) if visited else None,
        stale=row["stale"],
    )


def access_of(session: Session) -> Access | None:
    """`None`: its person is no member there."""
    if visit := session.visit:
        if not session.staff or not session.totp_on or visit.until <= clock.now():
            return None
        return Access(visit.workspace_id, f"staff:{session.person_id}", None, "admin", session.person_id, staff=True)
    if session.workspace_id is None or session.role is None:
        return None
    return Access(
        session.workspace_id, f"member:{session.member_id}", session.member_id, session.role, session.person_id
    )


def known_keys(connection: HTTPConnection) -> KnownKeys:
    """The process's own, made at first use."""
    state = connection.app.state
    if not hasattr(state, "known_keys"):
        state.known_keys = KnownKeys()
    return state.known_keys


def require_same_origin(connection: HTTPConnection) -> None:
    """A browser sends the cookie with other sites' requests too; only our own pages may change anything with it."""
    headers = connection.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
    elif (origin := headers.get("origin")) and is_of_host(origin, headers.get("host")):
        return
    app = connection.app.state.settings.base_url
    raise Forbidden(
        "a signed-in browser may only change things from Dynaris's own pages; a script sends the header "
        f"`Origin: {app}` with the cookie, or an API key instead of it (POST /api/api-keys)"
    )


async def note_visit(connection: HTTPConnection, db: Database, session: Session, access: Access) -> None:
    assert session.visit is not None
    await visits.note(
        connection,
        db,
        access.workspace_id,
        actor=access.actor,
        session_id=session.id,
        reason=session.visit.reason,
    )


async def _signed_in(connection: HTTPConnection, db: Database, wanted: UUID | None) -> Session:
    """Refused for another site's request, and without a session that still runs."""
    token = cookie(connection, SESSION_COOKIE)
    if not token:
        raise Unauthenticated("send `Authorization: Bearer` with an API key, or sign in")
    session = await session_by_token(db, token, wanted)
    if session is None:
        raise Unauthenticated("the session has ended: sign in again, or ask for a new sign-in link")
    if connection.scope.get("method", "GET") not in visits.SAFE_METHODS:
        require_same_origin(connection)
    if session.stale:
        async with db.system() as system:
            address = connection.client.host if connection.client else None
            await system.execute("SELECT touch_session(%s, %s, NULL)", (token_hash(token), address))
    return session


_COOKIE = Security(APIKeyCookie(name=SESSION_COOKIE, scheme_name="Session", auto_error=False))


async def current_session(connection: HTTPConnection, db: Db, _documented: Annotated[str | None, _COOKIE]) -> Session:
    """For what belongs to the person, whatever workspace they are in, if any."""
    if "authorization" in connection.headers:
        raise Forbidden("this belongs to a signed-in person; an API key cannot ask for it")
    return await _signed_in(connection, db, None)


CurrentSession = Annotated[Session, Depends(current_session)]

_Wanted = Annotated[
    UUID | None,
    Header(alias="X-Dynaris-Workspace", description="Another of the signed-in person's workspaces, for this request."),
]


async def current_access(
    connection: HTTPConnection,
    db: Db,
    bearer: Annotated[
        HTTPAuthorizationCredentials | None, Security(HTTPBearer(scheme_name="API key", auto_error=False))
    ],
    _documented: Annotated[str | None, _COOKIE],
    wanted: _Wanted = None,
) -> Access:
    if "authorization" in connection.headers:
        access = await known_keys(connection).access(db, bearer.credentials) if bearer else None
        if access is None:
            raise Unauthenticated("this API key is unknown or revoked: send `Authorization: Bearer dyn_…`")
        if wanted not in (None, access.workspace_id):
            raise NotFound(f"this API key knows no workspace {wanted}")
    else:
        access = await _access_by_cookie(connection, db, wanted)
    structlog.contextvars.bind_contextvars(workspace=str(access.workspace_id))
    return access


async def _access_by_cookie(connection: HTTPConnection, db: Database, wanted: UUID | None) -> Access:
    session = await _signed_in(connection, db, wanted)
    access = access_of(session)
    if access is None:
        if session.visit:
            raise Unauthenticated("the visit has ended: POST /api/staff/leave, then enter again")
        if wanted is not None:
            raise NotFound(f"you are in no workspace {wanted}")
        raise NoWorkspace("you work in no workspace: make one with POST /api/workspaces, or open an invitation's link")
    if access.staff:
        if wanted not in (None, access.workspace_id):
            raise NotFound(f"a visit is to one workspace, not to {wanted}")
        await note_visit(connection, db, session, access)
        visits.check_allowed(connection)
    return access


CurrentAccess = Annotated[Access, Depends(current_access)]


def require_role(role: Role) -> Callable[[Access], Awaitable[Access]]:
    """A dependency: the access, refused below `role`."""

    async def check(access: CurrentAccess) -> Access:
        if _RANK[access.role] < _RANK[role]:
            raise Forbidden(f"this needs the role {role}; yours is {access.role}")
        return access

    return check


AdminAccess = Annotated[Access, Depends(require_role("admin"))]
OwnerAccess = Annotated[Access, Depends(require_role("owner"))]


def own_member(access: Access) -> UUID:
    """Whose notifications and status these are. Raises `Forbidden` for keys and visits."""
    if access.member_id is None:
        raise Forbidden("this belongs to a signed-in member of the workspace; no API key and no visitor has it")
    return access.member_id


async def _admin_in_person(access: AdminAccess) -> Access:
    if access.member_id is None:
        raise Forbidden("only a signed-in admin of the workspace lets anybody in; no API key and no visitor does")
    return access


AdminInPerson = Annotated[Access, Depends(_admin_in_person)]
"""For keys, invitations and roles: they end with whoever gave them, so a key or a visit must not give them on."""
