"""People's routes and pages around a real database, browsers at addresses of their own, and the mails they get."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pyotp.totp import TOTP

from dynaris.app import dashboard
from dynaris.app.system_mail import ensure_system_mail
from dynaris.app.web import assembled
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.people import pages as people_pages
from dynaris.people import passwords
from dynaris.people import routes as people_routes
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.services import Services
from dynaris.workspaces import pages
from dynaris.workspaces import routes as workspace_routes
from tests.web import ADDRESS

PASSWORD = "a long walk at dusk"
OTHER_PASSWORD = "seven quiet lanterns"


@dataclass
class Person:
    """Somebody with an account, at a browser of theirs."""

    email: str
    browser: httpx.AsyncClient

    async def totp(self) -> tuple[TOTP, list[str]]:
        """Switches two-step sign-in on: the app, and the recovery codes."""
        begun = await self.browser.post("/api/auth/totp", json={"password": PASSWORD})
        app = TOTP(begun.json()["secret"])
        confirmed = await self.browser.post("/api/auth/totp/confirm", json={"code": app.now()})
        assert confirmed.status_code == 200, confirmed.text
        return app, confirmed.json()["recovery_codes"]

    async def me(self) -> dict[str, Any]:
        return (await self.browser.get("/api/me")).json()


class House:
    """An installation."""

    def __init__(self, db: Database, folder: Path, stack: AsyncExitStack, **settings: Any) -> None:
        chosen = Settings(**{"home": folder, "public_url": ADDRESS, **settings})
        self.db, self._stack = db, stack
        self.services = Services(
            db=db, settings=chosen, accounts=Accounts(db, Vault("test")), files=Files(None, folder / "files")
        )
        modules = (people_routes, people_pages, pages, dashboard, workspace_routes)
        self.app: FastAPI = assembled(self.services, [module.router for module in modules])

    async def browser(self, ip: str | None = None, **headers: str) -> httpx.AsyncClient:
        """At a network address that no other browser has, unless told."""
        address = ip or f"10.{randbelow(256)}.{randbelow(256)}.{randbelow(256)}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True, client=(address, 1))
        given = {"origin": str(self.services.settings.base_url), "user-agent": "Mozilla (X11; Linux) Firefox/140.0"}
        client = httpx.AsyncClient(
            transport=transport, base_url=self.services.settings.base_url, headers={**given, **headers}
        )
        return await self._stack.enter_async_context(client)

    async def mails(self, address: str) -> list[dict[str, Any]]:
        """Oldest first, as they stand in the outbox: {"subject", "text"}."""
        async with self.db.workspace(SYSTEM) as connection:
            cursor = await connection.execute(
                "SELECT content FROM outbox WHERE workspace_id = %s AND recipient = %s ORDER BY id", (SYSTEM, address)
            )
            return [row["content"] for row in await cursor.fetchall()]

    async def token(self, address: str, page: str) -> str:
        """Of the newest link to a page that was mailed to an address."""
        for mail in reversed(await self.mails(address)):
            if found := re.search(rf"{re.escape(page)}\?token=(\S+)", mail["text"]):
                return found[1]
        raise AssertionError(f"no mail to {address} has a link to {page}")

    async def sign_up(self, browser: httpx.AsyncClient, address: str, **changed: str) -> httpx.Response:
        given = {"name": "Ada Lovelace", "email": address, "password": PASSWORD, "workspace": "Ada's clinic"}
        return await browser.post("/api/auth/sign-up", json={**given, **changed})

    async def person(self, **changed: str) -> Person:
        """Signed up, verified and signed in."""
        email, browser = changed.pop("email", new_address()), await self.browser()
        assert (await self.sign_up(browser, email, **changed)).status_code == 202
        verified = await browser.post("/api/auth/verify", json={"token": await self.token(email, "/verify")})
        assert verified.status_code == 200, verified.text
        return Person(email, browser)

    async def invited(self, by: Person, role: str = "teammate") -> Person:
        """A new colleague of somebody."""
        email = new_address()
        assert (await by.browser.post("/api/invitations", json={"email": email, "role": role})).status_code == 201
        browser = await self.browser()
        body = {"token": await self.token(email, "/invitation"), "name": "Grace", "password": PASSWORD}
        accepted = await browser.post("/api/auth/invitation/accept", json=body)
        assert accepted.status_code == 200, accepted.text
        return Person(email, browser)

    async def sign_in(self, email: str, password: str = PASSWORD, *, ip: str | None = None) -> httpx.Response:
        browser = await self.browser(ip)
        return await browser.post("/api/auth/sign-in", json={"email": email, "password": password})

    async def rows(self, workspace_id: Any, query: str) -> list[dict[str, Any]]:
        async with self.db.workspace(workspace_id) as connection:
            return await (await connection.execute(query)).fetchall()  # type: ignore[arg-type]


def new_address() -> str:
    return f"p{new_id().hex}@people.example"


_REAL_HASHES = passwords._hashes
_CHEAP = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as in earnest, each at a hundredth of the cost."""
    monkeypatch.setattr(passwords, "_hashes", PasswordHash((_CHEAP,)))
    monkeypatch.setattr(passwords, "NOBODY", _NOBODY)


@pytest.fixture
def real_hashes(cheap_hashes: None, monkeypatch: pytest.MonkeyPatch) -> PasswordHash:
    monkeypatch.setattr(passwords, "_hashes", _REAL_HASHES)
    return _REAL_HASHES


_NOBODY = _CHEAP.hash("nobody knows")


@pytest.fixture
async def house(db: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        made = House(db, tmp_path, stack)
        await ensure_system_mail(made.services)
        yield made


@pytest.fixture
async def ada(house: House) -> Person:
    return await house.person()
