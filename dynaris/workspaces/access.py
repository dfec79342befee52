"""Who is asking: an API key or a signed-in member, and the workspace they act in."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import HTTPConnection

from dynaris.core.db import Database
from dynaris.core.errors import Forbidden, Unauthenticated
from dynaris.core.http import Db
from dynaris.core.ids import token_hash

SESSION_COOKIE = "dynaris_session"
KEY_PREFIX = "dyn_"
_KEY_SECONDS = 5.0  # how long a key is believed without asking again: a revoked one works at most this long
_MOST_KEYS = 1_000
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Role = Literal["teammate", "admin", "owner"]
_RANK = {"teammate": 0, "admin": 1, "owner": 2}


@dataclass(frozen=True, slots=True)
class Access:
    """API keys act with the role of an admin and are no member."""

    workspace_id: UUID
    actor: str  # "member:<uuid>" or "key:<uuid>", as in the audit log
    member_id: UUID | None
    role: Role


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


async def access_by_session(db: Database, token: str) -> Access | None:
    async with db.system() as connection:
        cursor = await connection.execute("SELECT * FROM session_by_token(%s)", (token_hash(token),))
        row = await cursor.fetchone()
    if row is None:
        return None
    return Access(row["workspace_id"], f"member:{row['member_id']}", row["member_id"], row["role"])


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
    elif (origin := headers.get("origin")) and urlsplit(origin).netloc == headers.get("host"):
        return
    raise Forbidden("a signed-in browser may only change things from Dynaris's own pages")


async def current_access(
    connection: HTTPConnection,
    db: Db,
    bearer: Annotated[
        HTTPAuthorizationCredentials | None, Security(HTTPBearer(scheme_name="API key", auto_error=False))
    ],
    session: Annotated[
        str | None, Security(APIKeyCookie(name=SESSION_COOKIE, scheme_name="Session", auto_error=False))
    ],
) -> Access:
    if "authorization" in connection.headers:
        access = await known_keys(connection).access(db, bearer.credentials) if bearer else None
        if access is None:
            raise Unauthenticated("this API key is unknown or revoked: send `Authorization: Bearer dyn_…`")
    elif session:
        access = await access_by_session(db, session)
        if access is None:
            raise Unauthenticated("the session has ended: ask for a new sign-in link")
        if connection.scope.get("method", "GET") not in _SAFE_METHODS:
            require_same_origin(connection)
    else:
        raise Unauthenticated("send `Authorization: Bearer` with an API key, or sign in")
    structlog.contextvars.bind_contextvars(workspace=str(access.workspace_id))
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
