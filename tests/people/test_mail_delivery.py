"""From the form to the mailbox and back: the worker sends the mail, its link makes the workspace."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from dynaris.app.system_mail import ensure_system_mail
from dynaris.app.worker import job_runner
from dynaris.channels.registry import channels
from dynaris.connections.queries import find
from dynaris.core.db import Database
from dynaris.people.mail import SYSTEM
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.people.conftest import PASSWORD, House, new_address


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
async def house(db: Database, tmp_path: Path, database_url: str, sandbox: RunningSandbox) -> AsyncIterator[House]:
    settings = {
        "DATABASE_URL": database_url,
        "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "private_networks": "loopback",
        "mail_from": "Hello@Dynaris.Example",
    }
    async with AsyncExitStack() as stack:
        made = House(db, tmp_path, stack, **settings)
        channels()["email"].configure(made.services.settings)  # type: ignore[attr-defined]
        await ensure_system_mail(made.services)
        made.services.accounts.forget()
        working = asyncio.create_task(job_runner(made.services).run())
        yield made
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await channels()["email"].close()  # type: ignore[attr-defined]


async def arrived(sandbox: RunningSandbox, address: str) -> EmailMessage:
    inbox = sandbox.mailbox.inbox(address)
    async with asyncio.timeout(20):
        while not (uids := inbox.uids()):  # noqa: ASYNC110 - the mailbox is files
            await asyncio.sleep(0.02)
    return message_from_bytes(inbox.read(uids[-1]) or b"", policy=policy.default)  # type: ignore[return-value]


async def test_a_person_signs_up_by_the_mail_that_the_worker_sent(house: House, sandbox: RunningSandbox) -> None:
    email, browser = new_address(), await house.browser()
    form = {"name": "Ada", "workspace": "Clinic", "email": email, "password": PASSWORD}
    assert (await browser.post("/sign-up", data=form)).status_code == 202
    mail = await arrived(sandbox, email)
    assert (mail["From"], mail["Subject"]) == (
        "Dynaris <hello@dynaris.example>",
        "Confirm your address for Dynaris",
    )
    body = mail.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://dynaris\.test(/verify\?token=\S+)", body.get_content())
    assert link is not None
    page = await browser.get(link[1])
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    assert (await browser.post("/verify", data={"token": token[1]})).headers["location"] == "/"
    assert "Clinic" in (await browser.get("/api/me")).text


async def test_nobody_is_listened_to_at_the_installations_own_address(house: House) -> None:
    """A mail to it is refused as to any unknown address: no agent answers there."""
    assert await find(house.db, house.services.accounts.vault, "email", "hello@dynaris.example") == []
    rows = await house.rows(SYSTEM, "SELECT address, enabled FROM account")
    assert rows == [{"address": "hello@dynaris.example", "enabled": False}]


async def test_making_the_sender_again_changes_its_address_only(house: House, db: Database, tmp_path: Path) -> None:
    before = await house.rows(SYSTEM, "SELECT id FROM account")
    async with AsyncExitStack() as stack:
        moved = House(db, tmp_path, stack, public_url="https://desk.example")
        await asyncio.gather(*(ensure_system_mail(moved.services) for _ in range(3)))
    rows = await house.rows(SYSTEM, "SELECT id, address FROM account")
    assert rows == [{"id": before[0]["id"], "address": "no-reply@desk.example"}]
