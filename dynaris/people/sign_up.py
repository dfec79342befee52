"""Sign-up: a pending ticket until the address is proved, then a person, a workspace and a session at once."""

from typing import Any, NamedTuple

from dynaris.core.addresses import addresses
from dynaris.core.crypto import same
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Forbidden, Gone
from dynaris.core.ids import new_id, new_token, token_hash
from dynaris.core.settings import Settings
from dynaris.people import mail, mail_texts, persons, sessions, throttle, tickets
from dynaris.people.passwords import check_new_password, hashing
from dynaris.people.sessions import Opened
from dynaris.people.visitor import Visitor
from dynaris.people.workspaces import found_workspace


class PasswordNeeded(Forbidden):
    """The link was opened in another browser than the one that signed up: whoever signed up knows the password."""

    def __init__(self, *, wrong: bool = False) -> None:
        said = "this is another browser than the one that signed up: send the password too"
        super().__init__("the password is not the one of the sign-up" if wrong else said, password=True)


class Pending(NamedTuple):
    name: str
    workspace: str
    email: str


async def sign_up(
    db: Database, settings: Settings, *, name: str, email: str, password: str, workspace: str, visitor: Visitor
) -> str:
    """The token by which the link recognises this browser. All is alike for an address that has an account."""
    if settings.sign_up == "closed":
        raise Forbidden("sign-up is closed here: ask somebody who works in a workspace for an invitation")
    address = persons.normal_address(email)
    check_new_password(password, email=address, names=(name, workspace))
    async with db.system() as connection:
        await throttle.take(connection, throttle.SIGN_UP_NETWORK, visitor.network)
        may_mail = await throttle.is_free(connection, throttle.SIGN_UP_HERE, address, visitor.network)
        may_mail = may_mail and await throttle.is_free(connection, throttle.SIGN_UP_ADDRESS, address)
    hashed, browser = await hashing.hash(password), new_token()
    data = {"name": name, "workspace": workspace, "password": hashed, "browser": token_hash(browser).hex()}
    if not may_mail:  # nobody hears who used the address's mails up; the links of the mails before work
        return browser
    async with db.transaction(mail.SYSTEM) as connection:
        known = await persons.by_email(connection, address)
        if known:
            token = await tickets.create(connection, "reset", person_id=known.id, email=address)
            text = mail_texts.account_exists(
                addresses(settings).sign_in("sign-in"), mail.link(settings, "/reset", token)
            )
        else:
            token = await tickets.create(connection, "sign_up", email=address, data=data)
            text = mail_texts.sign_up(mail.link(settings, "/verify", token))
        await mail.send(connection, address, text)
    return browser


async def pending(db: Database, token: str) -> Pending:
    """What the link is for, without using it up. Raises `Gone`."""
    async with db.system() as connection:
        ticket = await tickets.look(connection, "sign_up", token)
    return Pending(ticket["data"]["name"], ticket["data"]["workspace"], ticket["email"])


async def verify(db: Database, *, token: str, browser: str | None, password: str | None, visitor: Visitor) -> Opened:
    """Makes the person and the workspace, once. Raises `Gone`, or `PasswordNeeded`.

    Somebody may have signed up with an address that is not theirs. Its owner, who gets the mail, must not end up
    with an account whose password a stranger chose: the browser or the password shows that both are the same.
    """
    async with db.system() as connection:
        await throttle.take(connection, throttle.LINK_NETWORK, visitor.network)
        ticket = await tickets.look(connection, "sign_up", token)
    if not _same_browser(ticket, browser) and not await _right_password(ticket, password):
        raise PasswordNeeded(wrong=bool(password))
    workspace_id = new_id()
    async with db.transaction(workspace_id) as connection:
        await lock_address(connection, ticket["email"])
        await tickets.use(connection, "sign_up", token)
        if await persons.by_email(connection, ticket["email"]):
            raise Gone("this address has an account by now: sign in")
        data = ticket["data"]
        person_id = await persons.create(connection, email=ticket["email"], name=data["name"])
        await persons.set_password(connection, person_id, data["password"])
        await tickets.drop(connection, "sign_up", email=ticket["email"])
        await found_workspace(
            connection,
            workspace_id,
            name=data["workspace"],
            person_id=person_id,
            email=ticket["email"],
            person_name=data["name"],
        )
        return await sessions.open_session(connection, person_id, visitor, workspace_id)


async def lock_address(connection: Connection, email: str) -> None:
    """Two ways to the same new account take turns."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 6))", (email,))


def _same_browser(ticket: dict[str, Any], browser: str | None) -> bool:
    return bool(browser) and same(token_hash(browser or "").hex(), ticket["data"]["browser"])


async def _right_password(ticket: dict[str, Any], password: str | None) -> bool:
    if not password:
        return False
    right, _ = await hashing.verify(password, ticket["data"]["password"])
    return right
