"""A person's own account: new password, forgotten password, change of address, two-step sign-in."""

from typing import Any

from dynaris.core.addresses import addresses
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, Forbidden, Gone
from dynaris.core.settings import Settings
from dynaris.people import mail, mail_texts, persons, second_step, sessions, throttle, tickets
from dynaris.people.passwords import check_new_password, hashing
from dynaris.people.persons import Person
from dynaris.people.second_step import Beginning
from dynaris.people.sessions import Opened
from dynaris.people.sign_up import lock_address
from dynaris.people.visitor import Visitor
from dynaris.workspaces.access import Session

FORGOTTEN = "/forgotten"


class NotYours(Forbidden):
    """The link was opened by nobody, or by somebody else than who asked for it."""


async def ask_reset(db: Database, settings: Settings, *, email: str, visitor: Visitor) -> None:
    """A mail either way: with a link, or with the word that there is no account.

    Asked again and again, by whomever, there is a mail every few minutes: the newest link works for an hour, so nobody
    can keep a person from theirs.
    """
    address = persons.normal_address(email)
    async with db.system() as connection:
        await throttle.take(connection, throttle.RESET_NETWORK, visitor.network)
        if not await throttle.is_free(connection, throttle.RESET_ADDRESS, address):
            return
    async with db.transaction(mail.SYSTEM) as connection:
        person = await persons.by_email(connection, address)
        token = await reset_token(connection, person, address)
        text = (
            mail_texts.reset(mail.link(settings, "/reset", token))
            if person
            else mail_texts.no_account(addresses(settings).sign_in("sign-up"))
        )
        await mail.send(connection, address, text)


async def reset_token(connection: Connection, person: Person | None, email: str, *, by_operator: bool = False) -> str:
    """`by_operator`: who has the link did not read a mail, so it proves no address."""
    data = {"by_operator": by_operator}
    return await tickets.create(connection, "reset", person_id=person.id if person else None, email=email, data=data)


async def look_reset(db: Database, token: str) -> str:
    """Whose password it is. Raises `Gone`."""
    async with db.system() as connection:
        return (await tickets.look(connection, "reset", token))["email"]


async def reset(db: Database, settings: Settings, *, token: str, password: str, visitor: Visitor) -> str:
    """Ends every session of the person. The token by which this browser is known from now on."""
    async with db.system() as connection:
        await throttle.take(connection, throttle.LINK_NETWORK, visitor.network)
        ticket = await tickets.look(connection, "reset", token)
        person = await persons.by_id(connection, ticket["person_id"])
    check_new_password(password, email=person.email, names=(person.name,))
    hashed = await hashing.hash(password)
    async with db.transaction(mail.SYSTEM) as connection:
        await tickets.use(connection, "reset", token)
        if not ticket["data"].get("by_operator"):
            await persons.verify(connection, person.id)
        await _new_password(connection, settings, person, hashed)
        await sessions.end_all(connection, person.id)
        return await sessions.remember_device(connection, person.id, visitor)


async def _new_password(connection: Connection, settings: Settings, person: Person, hashed: str) -> None:
    """Whatever was begun with the old one ends: half sessions, other links, browsers that were known."""
    await persons.set_password(connection, person.id, hashed)
    for kind in ("reset", "second_step", "address"):
        await tickets.drop(connection, kind, person_id=person.id)
    await sessions.forget_devices(connection, person.id)
    await mail.send(connection, person.email, mail_texts.password_changed(addresses(settings).sign_in(FORGOTTEN)))


async def confirmed_person(db: Database, session: Session, password: str) -> Person:
    """Who changes how they sign in types the password again. Raises `Forbidden`."""
    async with db.system() as connection:
        await throttle.take(connection, throttle.PASSWORD_AGAIN, str(session.person_id))
        person = await persons.by_id(connection, session.person_id)
    if person.password_hash is None:
        raise Conflict(f"you have no password yet: choose one at {FORGOTTEN}")
    right, _ = await hashing.verify(password, person.password_hash)
    if not right:
        raise Forbidden("the password is wrong")
    async with db.system() as connection:
        await throttle.forget(connection, (throttle.PASSWORD_AGAIN, (str(session.person_id),)))
    return person


async def _held(connection: Connection, confirmed: Person) -> Person:
    """As they are now, to the end of the transaction. Raises `Forbidden` where that is another password's person."""
    if person := await persons.hold(connection, confirmed):
        return person
    raise Forbidden("the password was changed meanwhile: sign in again")


async def change_password(
    db: Database, settings: Settings, session: Session, *, password: str, new_password: str, visitor: Visitor
) -> Opened:
    """Ends every other session; this one goes on under a new token."""
    check_new_password(new_password, email=session.email, names=(session.name,))
    person = await confirmed_person(db, session, password)
    hashed = await hashing.hash(new_password)
    async with db.transaction(mail.SYSTEM) as connection:
        person = await _held(connection, person)
        await _new_password(connection, settings, person, hashed)
        await sessions.end_all(connection, person.id, but=session.id)
        token = await sessions.renew(connection, session)
        return Opened(token, await sessions.remember_device(connection, person.id, visitor))


async def ask_address(
    db: Database, settings: Settings, session: Session, *, email: str, password: str, visitor: Visitor
) -> None:
    """The new address gets a link, the old one a word. Alike when the new one is somebody's already."""
    address = persons.normal_address(email)
    async with db.system() as connection:
        await throttle.take(connection, throttle.CHANGE_NETWORK, visitor.network)
    person = await confirmed_person(db, session, password)
    if address == person.email:
        raise Conflict(f"{address} is your address already")
    async with db.system() as connection:
        await throttle.take(connection, throttle.CHANGE_PERSON, str(person.id))
        may_mail = await throttle.is_free(connection, throttle.CHANGE_ADDRESS, address)
    async with db.transaction(mail.SYSTEM) as connection:
        taken = await persons.by_email(connection, address)
        token = await tickets.create(connection, "address", person_id=person.id, email=address)
        link = mail.link(settings, "/address", token)
        text = mail_texts.address_is_taken() if taken else mail_texts.new_address(link, person.name, person.email)
        if may_mail:
            await mail.send(connection, address, text)
        await mail.send(connection, person.email, mail_texts.address_asked(address))


async def look_address(db: Database, session: Session | None, token: str) -> str:
    """The new address. Raises `Gone`, and `NotYours` where `confirm_address` would."""
    async with db.system() as connection:
        asked = await tickets.look(connection, "address", token)
    _check_asked(session, asked)
    return asked["email"]


def _check_asked(session: Session | None, asked: dict[str, Any]) -> None:
    if session is None or session.person_id != asked["person_id"]:
        raise NotYours("sign in to the account that asked for this address, in this browser; then open the link again")


async def confirm_address(db: Database, session: Session | None, *, token: str, visitor: Visitor) -> str:
    """The new address. Links to the old one, other sessions and a provider's links to the person work no more.

    Only for who asked: the owner of an address must not give it to a stranger's account by pressing a mail's button.
    """
    async with db.system() as connection:
        await throttle.take(connection, throttle.LINK_NETWORK, visitor.network)
        asked = await tickets.look(connection, "address", token)
    _check_asked(session, asked)
    address = asked["email"]
    async with db.transaction(mail.SYSTEM) as connection:
        await lock_address(connection, address)
        ticket = await tickets.use(connection, "address", token)
        person = await persons.by_id(connection, ticket["person_id"])
        cursor = await connection.execute("SELECT change_address(%s, %s) AS changed", (person.id, address))
        row = await cursor.fetchone()
        if not (row and row["changed"]):
            raise Gone("this address has an account of its own by now; nothing was changed")
        for kind in ("reset", "second_step", "address"):
            await tickets.drop(connection, kind, person_id=person.id)
        await sessions.end_all(connection, person.id, but=session.id if session else None)
        await mail.send(connection, person.email, mail_texts.address_changed(address))
    return address


async def begin_totp(db: Database, vault: Vault, session: Session, *, password: str) -> Beginning:
    person = await confirmed_person(db, session, password)
    async with db.system() as connection, connection.transaction():
        return await second_step.begin(connection, vault, await _held(connection, person))


async def begun_totp(db: Database, vault: Vault, session: Session, *, secret: str) -> Beginning | None:
    """What `begin_totp` gave, for who has it already: a wrong first code must not cost the page that shows it."""
    async with db.system() as connection:
        return second_step.begun(vault, await persons.by_id(connection, session.person_id), secret)


async def confirm_totp(db: Database, vault: Vault, session: Session, *, code: str) -> tuple[list[str], str]:
    """The recovery codes, and the session's new token."""
    async with db.system() as connection:  # counted whatever becomes of the transaction below
        await throttle.take(connection, throttle.PASSWORD_AGAIN, str(session.person_id))
    async with db.transaction(mail.SYSTEM) as connection:
        person = await _held(connection, await persons.by_id(connection, session.person_id))
        codes = await second_step.confirm(connection, vault, person, code)
        await mail.send(connection, person.email, mail_texts.second_step(True))
        return codes, await sessions.renew(connection, session)


async def renew_recovery_codes(db: Database, vault: Vault, session: Session, *, password: str, code: str) -> list[str]:
    person = await confirmed_person(db, session, password)
    async with db.system() as connection:
        await _check_code(connection, vault, person, code)
        return await second_step.new_recovery_codes(connection, person.id)


async def disable_totp(db: Database, vault: Vault, session: Session, *, password: str, code: str) -> str:
    """The session's new token."""
    person = await confirmed_person(db, session, password)
    async with db.system() as connection:
        await _check_code(connection, vault, person, code)
    async with db.transaction(mail.SYSTEM) as connection:
        await second_step.switch_off(connection, person.id)
        await mail.send(connection, person.email, mail_texts.second_step(False))
        return await sessions.renew(connection, session)


async def _check_code(connection: Connection, vault: Vault, person: Person, code: str) -> None:
    if not person.totp_on:
        raise Conflict("two-step sign-in is not on")
    await throttle.take(connection, throttle.CODE_SIGNED_IN, str(person.id))
    if not await second_step.check(connection, vault, person, code):
        raise Forbidden("the code is wrong, or was used already")
