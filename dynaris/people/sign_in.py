"""Signing in: password, then a code where two-step sign-in is on. Unknown people cost and hear what known ones do."""

from dataclasses import dataclass
from uuid import UUID

from dynaris.core.crypto import Vault
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Gone, Unauthenticated
from dynaris.core.ids import new_id
from dynaris.people import persons, second_step, sessions, throttle, tickets
from dynaris.people.passwords import hashing
from dynaris.people.persons import Person
from dynaris.people.sessions import Opened
from dynaris.people.visitor import Visitor

_WRONG = "the address or the password is wrong"
_TOO_LATE = "too many wrong codes, or too late: sign in with the password again"


@dataclass(frozen=True, slots=True)
class CodeNeeded:
    """Half a session: its token is good for a few tries of a code."""

    token: str


async def sign_in(db: Database, *, email: str, password: str, visitor: Visitor) -> Opened | CodeNeeded:
    address = persons.normal_address(email)
    async with db.system() as connection:
        person = await persons.by_email(connection, address)
        await _may_try(connection, person, address, visitor)
    stored = person.password_hash if person else None
    right, better = await hashing.verify(password, stored)
    if not right or person is None:
        raise Unauthenticated(_WRONG)
    async with db.system() as connection, connection.transaction():
        person = await persons.hold(connection, person)
        if person is None:
            raise Unauthenticated(_WRONG)
        if better:
            await persons.set_password(connection, person.id, better)
        await _forget_tries(connection, address, visitor)
        return await enter(connection, person, visitor)


async def enter(connection: Connection, person: Person, visitor: Visitor) -> Opened | CodeNeeded:
    """Who they are is proved: the session, or half of it where a code is asked for too."""
    if person.totp_on:
        return CodeNeeded(await tickets.create(connection, "second_step", person_id=person.id))
    return await sessions.open_session(connection, person.id, visitor)


async def sign_in_with_code(db: Database, vault: Vault, *, token: str | None, code: str, visitor: Visitor) -> Opened:
    if not token:
        raise Unauthenticated("sign in with the password first")
    async with db.system() as connection:
        half = await tickets.attempt(connection, "second_step", token)
        if half is None:
            raise Unauthenticated(_TOO_LATE)
        person = await persons.by_id(connection, half["person_id"])
        await _may_try_code(connection, person.id, code, visitor)
    async with db.system() as connection, connection.transaction():
        if not await second_step.check(connection, vault, person, code):
            raise Unauthenticated("the code is wrong, or was used already")
        try:
            await tickets.use(connection, "second_step", token)
        except Gone:  # by a request beside this one; the code stays unused
            raise Unauthenticated(_TOO_LATE) from None
        here = (str(person.id), visitor.network)
        await throttle.forget(connection, (throttle.CODE_HERE, here), (throttle.RECOVERY_HERE, here))
        return await sessions.open_session(connection, person.id, visitor)


async def _may_try(connection: Connection, person: Person | None, address: str, visitor: Visitor) -> None:
    """Raises `TooManyRequests`. Strangers cannot shut a person out of a browser that they signed in with before."""
    if await sessions.is_known(connection, person.id if person else new_id(), visitor.known_by):
        await throttle.take(connection, throttle.SIGN_IN_BROWSER, address, visitor.known_by or "")
        return
    await throttle.take(connection, throttle.SIGN_IN_NETWORK, visitor.network)
    await throttle.take(connection, throttle.SIGN_IN_HERE, address, visitor.network)
    if not await throttle.is_free(connection, throttle.SIGN_IN_ADDRESS, address):
        await throttle.take(connection, throttle.SIGN_IN_NEIGHBOURS, address, throttle.neighbourhood(visitor.ip))
        await throttle.take(connection, throttle.SIGN_IN_REGION, address, throttle.region(visitor.ip))


async def _forget_tries(connection: Connection, address: str, visitor: Visitor) -> None:
    await throttle.forget(
        connection,
        (throttle.SIGN_IN_HERE, (address, visitor.network)),
        (throttle.SIGN_IN_BROWSER, (address, visitor.known_by or "")),
        (throttle.SIGN_IN_NEIGHBOURS, (address, throttle.neighbourhood(visitor.ip))),
    )


async def _may_try_code(connection: Connection, person_id: UUID, code: str, visitor: Visitor) -> None:
    """Codes of six digits come to an end for all strangers together; recovery codes are too long to be guessed, and
    let their owner in while somebody else who knows the password guesses. A reset by mail makes a browser known too, so
    a known one has its limit wherever it is."""
    if not second_step.is_app_code(code):
        await throttle.take(connection, throttle.RECOVERY_HERE, str(person_id), visitor.network)
        return
    await throttle.take(connection, throttle.CODE_HERE, str(person_id), visitor.network)
    if await sessions.is_known(connection, person_id, visitor.known_by):
        await throttle.take(connection, throttle.CODE_BROWSER, str(person_id), visitor.known_by or "")
    else:
        await throttle.take(connection, throttle.CODE_PERSON, str(person_id))
