"""A person's own account: new password, forgotten password, change of address, two-step sign-in."""

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


async def ask_reset(db: Database, settings: Settings, *, email: str, visitor: Visitor) -> None:
    """A mail either way: with a link, or with the word that there is no account."""
    address = persons.normal_address(email)
    async with db.system() as connection:
        await throttle.take(connection, throttle.MAIL_NETWORK, visitor.network)
        await throttle.take(connection, throttle.MAIL_ADDRESS, address)
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


async def change_password(
    db: Database, settings: Settings, session: Session, *, password: str, new_password: str, visitor: Visitor
) -> Opened:
    """Ends every other session; this one goes on under a new token."""
    check_new_password(new_password, email=session.email, names=(session.name,))
    person = await confirmed_person(db, session, password)
    hashed = await hashing.hash(new_password)
    async with db.transaction(mail.SYSTEM) as connection:
        if await persons.hold(connection, person) is None:
            raise Forbidden("the password was changed meanwhile: sign in again")
        await _new_password(connection, settings, person, hashed)
        await sessions.end_all(connection, person.id, but=session.id)
        token = await sessions.renew(connection, session)
        return Opened(token, await sessions.remember_device(connection, person.id, visitor))


async def ask_address(db: Database, settings: Settings, session: Session, *, email: str, password: str) -> None:
    """The new address gets a link, the old one a word. Alike when the new one is somebody's already."""
    address = persons.normal_address(email)
    person = await confirmed_person(db, session, password)
    if address == person.email:
        raise Conflict(f"{address} is your address already")
    async with db.system() as connection:
        await throttle.take(connection, throttle.MAIL_ADDRESS, address)
    async with db.transaction(mail.SYSTEM) as connection:
        taken = await persons.by_email(connection, address)
        token = await tickets.create(connection, "address", person_id=person.id, email=address)
        text = (
            mail_texts.address_is_taken() if taken else mail_texts.new_address(mail.link(settings, "/address", token))
        )
        await mail.send(connection, address, text)
        await mail.send(connection, person.email, mail_texts.address_asked(address))


async def look_address(db: Database, token: str) -> str:
    async with db.system() as connection:
        return (await tickets.look(connection, "address", token))["email"]


async def confirm_address(db: Database, *, token: str, visitor: Visitor) -> str:
    """The new address. Links that were sent to the old one work no more."""
    async with db.system() as connection:
        await throttle.take(connection, throttle.LINK_NETWORK, visitor.network)
        address = (await tickets.look(connection, "address", token))["email"]
    async with db.transaction(mail.SYSTEM) as connection:
        await lock_address(connection, address)
        ticket = await tickets.use(connection, "address", token)
        person = await persons.by_id(connection, ticket["person_id"])
        cursor = await connection.execute("SELECT change_address(%s, %s) AS changed", (person.id, address))
        row = await cursor.fetchone()
        if not (row and row["changed"]):
            raise Gone("this address has an account of its own by now; nothing was changed")
        for kind in ("reset", "address"):
            await tickets.drop(connection, kind, person_id=person.id)
        await mail.send(connection, person.email, mail_texts.address_changed(address))
    return address


async def begin_totp(db: Database, vault: Vault, session: Session, *, password: str) -> Beginning:
    person = await confirmed_person(db, session, password)
    async with db.system() as connection:
        return await second_step.begin(connection, vault, person)


async def confirm_totp(db: Database, vault: Vault, session: Session, *, code: str) -> tuple[list[str], str]:
    """The recovery codes, and the session's new token."""
    async with db.system() as connection:  # counted whatever becomes of the transaction below
        await throttle.take(connection, throttle.PASSWORD_AGAIN, str(session.person_id))
    async with db.transaction(mail.SYSTEM) as connection:
        person = await persons.by_id(connection, session.person_id)
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
    await throttle.take(connection, throttle.CODE_PERSON, str(person.id))
    if not await second_step.check(connection, vault, person, code):
        raise Forbidden("the code is wrong, or was used already")
