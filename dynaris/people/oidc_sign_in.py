"""Signing in with the provider: bound to one browser, and to a person whose address both sides have verified."""

import secrets
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from dynaris.core.crypto import same
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Forbidden
from dynaris.core.ids import new_token, token_hash
from dynaris.core.settings import Settings
from dynaris.people import persons, throttle, tickets
from dynaris.people.oidc import Identity, Provider
from dynaris.people.persons import Person
from dynaris.people.schemas import Address
from dynaris.people.sessions import Opened
from dynaris.people.sign_in import CodeNeeded, enter
from dynaris.people.sign_up import lock_address
from dynaris.people.visitor import Visitor
from dynaris.workspaces.names import Name

_ADDRESS, _NAME = TypeAdapter[str](Address), TypeAdapter[str](Name)


class Departure(NamedTuple):
    url: str
    browser: str  # for a cookie: only this browser can come back


async def depart(db: Database, provider: Provider, visitor: Visitor) -> Departure:
    async with db.system() as connection:
        await throttle.take(connection, throttle.PROVIDER_NETWORK, visitor.network)
    nonce, verifier, browser = new_token(), secrets.token_urlsafe(48), new_token()
    data = {"nonce": nonce, "verifier": verifier, "browser": token_hash(browser).hex()}
    async with db.system() as connection:
        state = await tickets.create(connection, "oidc", data=data)
    return Departure(await provider.address(state=state, nonce=nonce, verifier=verifier), browser)


async def come_back(
    db: Database,
    settings: Settings,
    provider: Provider,
    *,
    state: str,
    code: str,
    browser: str | None,
    visitor: Visitor,
) -> Opened | CodeNeeded:
    """The state works once, in the browser that left with it. Raises `Gone`, `Forbidden`, `Unavailable`."""
    async with db.system() as connection:
        ticket = await tickets.look(connection, "oidc", state)
        if not browser or not same(token_hash(browser).hex(), ticket["data"]["browser"]):
            raise Forbidden("this sign-in was begun in another browser: begin it here")
        await tickets.use(connection, "oidc", state)
    identity = await provider.identity(code=code, nonce=ticket["data"]["nonce"], verifier=ticket["data"]["verifier"])
    async with db.system() as connection, connection.transaction():
        return await enter(connection, await _person(connection, settings, identity), visitor)


async def _person(connection: Connection, settings: Settings, identity: Identity) -> Person:
    cursor = await connection.execute("SELECT person_by_oidc(%s, %s) AS id", (identity.issuer, identity.subject))
    row = await cursor.fetchone()
    if row and row["id"]:
        return await persons.by_id(connection, row["id"])
    if identity.email is None:
        raise Forbidden("the sign-in provider has not verified your e-mail address: verify it there first")
    address = _address(identity.email)
    await lock_address(connection, address)
    person = await persons.by_email(connection, address)
    if person is None:
        person = await _new(connection, settings, address, identity)
    elif not person.verified:
        raise Forbidden(
            f"{address} has an account here whose address was never verified: use 'password forgotten' once, "
            "then sign in with the provider"
        )
    await connection.execute("SELECT link_oidc(%s, %s, %s)", (identity.issuer, identity.subject, person.id))
    return person


async def _new(connection: Connection, settings: Settings, address: str, identity: Identity) -> Person:
    """Somebody new has no workspace yet: they make one, or accept an invitation."""
    if settings.sign_up == "closed":
        raise Forbidden("sign-up is closed here: ask somebody who works in a workspace for an invitation")
    person_id = await persons.create(connection, email=address, name=_name(identity.name) or address)
    return await persons.by_id(connection, person_id)


def _address(given: str) -> str:
    """As at sign-up, so that it is the same person's."""
    try:
        return persons.normal_address(_ADDRESS.validate_python(given))
    except ValidationError:
        raise Forbidden("what the sign-in provider gave as your e-mail address is none") from None


def _name(given: str) -> str | None:
    """People choose theirs at the provider; here it stands in mails to strangers. `None` where that may not be."""
    try:
        return _NAME.validate_python(given[:100])
    except ValidationError:
        return None
