"""The whole product as people start it, in a real browser. A workspace of its own for every test.

Needs a Chromium that is installed (Debian: `apt install chromium-headless-shell`, which draws as the whole Chromium
does and costs less; `DYNARIS_TEST_BROWSER` names another); without one these tests are skipped, and say why. The web
is built where the package was installed: without it they fail.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, Page, expect
from psycopg import sql
from psycopg.conninfo import make_conninfo

from dynaris.app.dashboard import FILES
from dynaris.app.ports import free_port
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from dynaris.sandbox.mailbox import Mailbox
from dynaris.workspaces.actions import NewWorkspace, create_api_key, create_sign_in_link, create_workspace
from tests.web import client_at

KEY = "a key that only the browser tests know, and long enough"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=20_000)  # a busy machine takes its time
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FAQ = {
    "What are your opening hours?": "We are open Monday to Friday from 8:00 to 18:00.",
    "Is there parking?": "Patients park free for two hours in the garage under the building.",
}


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two products with a browser each, so in two processes: many would cost more than they gain."""
    files = sorted({item.path for item in items if "tests/browser/" in item.path.as_posix()})
    for item in items:
        if item.path in files:
            item.add_marker(pytest.mark.xdist_group(f"browser-{files.index(item.path) % 2}"))


def the_browser() -> str:
    """Its path; without one what needs it is skipped, and says what to install."""
    named = os.environ.get("DYNARIS_TEST_BROWSER")
    if path := named or next((p for name in BROWSERS if (p := shutil.which(name))), None):
        return path
    pytest.skip("no Chromium on this machine: apt install chromium-headless-shell, or name one in DYNARIS_TEST_BROWSER")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": the_browser(), "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce"}


@dataclass
class House:
    """The running product."""

    url: str
    smtp_port: int
    sandbox_smtp_port: int  # whatever is sent there stays in `<home>/sandbox`
    db: Database
    home: Path


@pytest.fixture(scope="session")
async def house(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """`dynaris up` on a database of its own."""
    the_browser()
    assert (FILES / "index.html").exists(), "the web is not built: `python scripts/web.py build`"
    home = tmp_path_factory.mktemp("house")
    async with _database(server_url) as url:
        ports = {name: str(free_port("127.0.0.1")) for name in ("PORT", "SMTP_PORT", "IMAP_PORT", "SANDBOX_SMTP_PORT")}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DYNARIS_")},
            **{f"DYNARIS_{name}": port for name, port in ports.items()},
            "DATABASE_URL": url,
            "DYNARIS_HOME": str(home),
            "DYNARIS_SECRET_KEY": KEY,
            "DYNARIS_QUIET_PERIOD": "0.3",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dynaris", "up"),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=(home / "log").open("w"),
        )
        db = Database(url, application="dynaris-browser-tests", size=4)
        try:
            await _ready(process, home)
            await db.open()
            yield House(
                f"http://127.0.0.1:{ports['PORT']}", int(ports["SMTP_PORT"]), int(ports["SANDBOX_SMTP_PORT"]), db, home
            )
        finally:
            await db.close()
            process.terminate()
            await process.wait()


@asynccontextmanager
async def _database(server_url: str) -> AsyncIterator[str]:
    name = sql.Identifier(f"browser_{new_id().hex}")
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield make_conninfo(server_url, dbname=name.as_string().strip('"'))
        await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


async def _ready(process: asyncio.subprocess.Process, home: Path) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while line := (await process.stdout.readline()).decode():
            if line.startswith("ready"):
                return
    pytest.fail(f"the product did not start: {(home / 'log').read_text()[-3000:]}")


@dataclass
class Room:
    """A clinic's workspace in the house: its API with a key, its chat key, and a way in for its people."""

    house: House
    workspace: NewWorkspace
    api: httpx.AsyncClient
    chat_key: str
    errors: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.house.url

    async def sign_in(self, page: Page, path: str = "/", *, person_id: Any = None) -> Page:
        """The owner, or another member of the workspace, opens `path`."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        signed_in = await page.request.post(await self.link(person_id), max_redirects=0)
        assert signed_in.status == 303, await signed_in.text()
        await page.goto(f"{self.url}{path}", wait_until="domcontentloaded")
        return page

    async def link(self, person_id: Any = None) -> str:
        """Signs the owner, or another member, in once."""
        person = person_id or self.workspace.owner_person_id
        return f"{self.url}/auth/link/{await create_sign_in_link(self.house.db, self.workspace.id, person_id=person)}"

    async def teammate(self, name: str = "Tom Teammate", role: str = "teammate") -> Any:
        """Another member; the person's id, for `sign_in`."""
        person_id, email = new_id(), f"{new_id().hex}@example.com"
        async with await psycopg.AsyncConnection.connect(self.house.db.url, autocommit=True) as connection:
            await connection.execute(
                "INSERT INTO person (id, email, name) VALUES (%s, %s, %s)", (person_id, email, name)
            )
            await connection.execute(
                "INSERT INTO member (workspace_id, id, person_id, email, name, role) VALUES (%s, %s, %s, %s, %s, %s)",
                (self.workspace.id, new_id(), person_id, email, name, role),
            )
        return person_id

    async def rows(self, query: str, **named: Any) -> list[dict[str, Any]]:
        """The workspace is `%(ws)s`."""
        async with self.house.db.workspace(self.workspace.id) as connection:
            cursor = await connection.execute(query, {"ws": self.workspace.id, **named})  # type: ignore[arg-type]
            return await cursor.fetchall()

    async def chat(self, text: str, session: str | None = None) -> str:
        """A visitor writes; the session's id, to go on with."""
        session = session or f"visitor-{new_id().hex}{new_id().hex}"
        async with client_at(self.url, headers={"x-api-key": self.chat_key}) as visitor:
            answer = await visitor.post("/api/chat-widget/message", json={"session_id": session, "message": text})
        assert answer.status_code == 202, answer.text
        return session


@pytest.fixture
async def room(house: House) -> AsyncIterator[Room]:
    """A new workspace in Auto Mode with a chat widget and two answers."""
    slug = f"w-{new_id().hex}"
    made = await create_workspace(
        house.db, slug=slug, name="Test Clinic", owner_email=f"olivia@{slug}.example", owner_name="Olivia Owner"
    )
    chat_key = f"chat-{new_id().hex}"
    async with house.db.transaction(made.id) as connection:
        await add_account(connection, made.id, Vault(KEY), channel="webchat", address=chat_key, settings={})
        faq = "\n\n".join(f"Q: {question}\nA: {answer}" for question, answer in FAQ.items())
        await add_source(connection, made.id, kind="faq", title="Answers", content=faq)
        key = await create_api_key(connection, made.id, name="browser tests")
    async with client_at(house.url, headers={"authorization": f"Bearer {key}"}, timeout=20) as api:
        room = Room(house, made, api, chat_key)
        yield room
        assert room.errors == [], "a script on the page failed"


@pytest.fixture
async def mailbox(room: Room) -> Mailbox:
    """The workspace can send mails; they end up here."""
    async with room.house.db.transaction(room.workspace.id) as connection:
        await add_account(
            connection,
            room.workspace.id,
            Vault(KEY),
            channel="email",
            address=f"hello@{new_id().hex}.example",
            settings={"name": "Test Clinic", "smtp_url": f"smtp://127.0.0.1:{room.house.sandbox_smtp_port}"},
        )
    return Mailbox(room.house.home / "sandbox")


@pytest.fixture
async def another(browser: Browser) -> AsyncIterator[Page]:
    """A second browser: nothing is shared with `page`."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield await context.new_page()
    await context.close()
