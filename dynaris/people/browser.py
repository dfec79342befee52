"""What a browser is given after it signed in: cookies; and what a process keeps for people: provider, vault."""

from typing import Any

from fastapi import Response
from starlette.requests import HTTPConnection

from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import NotFound
from dynaris.core.settings import Settings
from dynaris.people import tickets
from dynaris.people.oidc import Provider
from dynaris.people.sessions import Opened
from dynaris.people.sign_in import CodeNeeded
from dynaris.workspaces.access import Session, session_by_token
from dynaris.workspaces.actions import sign_out
from dynaris.workspaces.cookies import (
    DEVICE_COOKIE,
    SECOND_STEP_COOKIE,
    SESSION_COOKIE,
    SIGN_UP_COOKIE,
    cookie,
    drop_cookie,
    set_cookie,
    set_session,
)

_YEAR = 365 * 86_400


async def let_in(connection: HTTPConnection, response: Response, db: Database, opened: Opened) -> None:
    await end_earlier(connection, db)
    set_session(connection, response, opened.session)
    remember(connection, response, opened.device)
    for spent in (SECOND_STEP_COOKIE, SIGN_UP_COOKIE):
        drop_cookie(connection, response, spent)


def remember(connection: HTTPConnection, response: Response, device: str) -> None:
    set_cookie(connection, response, DEVICE_COOKIE, device, seconds=_YEAR)


async def entered(connection: HTTPConnection, response: Response, db: Database, result: Opened | CodeNeeded) -> bool:
    """The cookies; True where a code is needed yet."""
    if isinstance(result, Opened):
        await let_in(connection, response, db, result)
        return False
    await end_earlier(connection, db)
    minutes = tickets.MINUTES["second_step"]
    set_cookie(connection, response, SECOND_STEP_COOKIE, result.token, seconds=minutes * 60)
    return True


async def end_earlier(connection: HTTPConnection, db: Database) -> None:
    """The session that this browser forgets now: nobody could end it any more by signing out."""
    if earlier := cookie(connection, SESSION_COOKIE):
        await sign_out(db, earlier)


async def session_of(connection: HTTPConnection, db: Database) -> Session | None:
    """Where a page is for everybody, but says more to who is signed in."""
    token = cookie(connection, SESSION_COOKIE)
    return await session_by_token(db, token) if token else None


def settings_of(connection: HTTPConnection) -> Settings:
    return connection.app.state.settings


def vault_of(connection: HTTPConnection) -> Vault:
    services: Any = connection.app.state.services
    return services.accounts.vault


def provider_of(connection: HTTPConnection) -> Provider:
    """The process's own, made at first use. Raises `NotFound` where none is set."""
    state = connection.app.state
    if not settings_of(connection).oidc_issuer:
        raise NotFound("no sign-in provider is set up here")
    if not hasattr(state, "oidc_provider"):
        state.oidc_provider = Provider(state.settings)
    return state.oidc_provider
