"""From sign-up to an answered mail without a command line; and what somebody gets who names another's address."""

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dynaris.app.host import Host
from dynaris.app.system_mail import ensure_system_mail
from dynaris.channels.email.addresses import reserved_addresses
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.connections import proof_routes, routes
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.deliver import deliver
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from dynaris.workspaces.actions import NewWorkspace
from tests.flows.conftest import World
from tests.people.conftest import House, Person, cheap_hashes  # noqa: F401 - a fixture

SENDER = "no-reply@dynaris.example"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
async def house(db: Database, tmp_path: Path, sandbox: RunningSandbox) -> AsyncIterator[House]:
    settings: dict[str, Any] = {
        "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "private_networks": "loopback",
        "mail_from": SENDER,
        "quiet_period": 0,
    }
    async with AsyncExitStack() as stack:
        made = House(db, tmp_path, stack, **settings)
        for module in (routes, proof_routes):
            made.app.include_router(module.router)
        channels()["email"].configure(made.services.settings)  # type: ignore[attr-defined]
        await ensure_system_mail(made.services)
        yield made
        await channels()["email"].close()  # type: ignore[attr-defined]


@asynccontextmanager
async def mail_server(house: House) -> AsyncIterator[int]:
    async with listening(Host(house.services), "127.0.0.1", 0, reserved=reserved_addresses(SENDER)) as port:
        yield port


async def workspace_of(person: Person) -> UUID:
    return UUID((await person.me())["workspace"]["id"])


async def sent(house: House, workspace_id: UUID) -> list[str | None]:
    rows = await house.rows(workspace_id, "SELECT id FROM outbox WHERE status = 'queued'")
    return [await deliver(house.services, workspace_id, row["id"]) for row in rows]


async def worked(house: House, workspace_id: UUID) -> None:
    workspace = NewWorkspace(id=workspace_id, owner_id=workspace_id, owner_person_id=workspace_id)
    await World(house.services, workspace, None).settle()  # type: ignore[arg-type]


def mail_to(port: int, address: str) -> dict[str, Any]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@client.example>", address, "A question"
    mail["Message-ID"] = f"<{new_id()}@client.example>"
    mail.set_content("What are your opening hours?")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        try:
            return client.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients


async def connected(person: Person, address: str) -> str:
    made = await person.browser.post("/api/accounts", json={"channel": "email", "address": address})
    assert made.status_code == 201, made.text
    return f"/api/accounts/{made.json()['id']}"


def newest(sandbox: RunningSandbox, address: str) -> EmailMessage:
    inbox = sandbox.mailbox.inbox(address)
    return message_from_bytes(inbox.read(inbox.uids()[-1]) or b"", policy=policy.default)  # type: ignore[return-value]


async def test_who_signed_up_connects_proves_and_has_mail_answered(house: House, sandbox: RunningSandbox) -> None:
    ann = await house.person()
    workspace_id, address = await workspace_of(ann), f"hello@{new_id().hex}.example"
    at = await connected(ann, address)
    async with mail_server(house) as port:
        assert (await asyncio.to_thread(mail_to, port, address))[address][0] == 550
        assert (await ann.browser.post(f"{at}/prove/code", json={})).status_code == 202
        await sent(house, SYSTEM)
        code = re.search(r"^\d{8}\r?$", str(newest(sandbox, address).get_content()), re.MULTILINE)
        assert code is not None
        proved = await ann.browser.post(f"{at}/prove", json={"code": code[0].strip()})
        assert proved.json()["proof"]["state"] == "proved"
        assert await asyncio.to_thread(mail_to, port, address) == {}
    await worked(house, workspace_id)
    await sent(house, workspace_id)
    [row] = await house.rows(workspace_id, "SELECT status, outcome, reason FROM event")
    assert (row["status"], row["outcome"]) != ("queued", None), row
    assert newest(sandbox, "ann@client.example")["From"].addresses[0].addr_spec == address


async def test_who_names_anothers_address_neither_reads_nor_writes_its_mail(
    house: House, sandbox: RunningSandbox
) -> None:
    eve, victim = await house.person(), f"boss@{new_id().hex}.example"
    at = await connected(eve, victim)
    async with mail_server(house) as port:
        for address in (victim, victim.replace("@", "+x@"), SENDER, "postmaster@dynaris.example"):
            if address != victim:
                await connected(eve, address)
            assert (await asyncio.to_thread(mail_to, port, address))[address][0] == 550
    account = await house.services.accounts.by_id(await workspace_of(eve), UUID(at.rpartition("/")[2]))
    assert account.proved == {}
    owner = await house.person()
    theirs = await connected(owner, victim)
    assert (await owner.browser.post(f"{theirs}/prove/code", json={})).status_code == 202
    await sent(house, SYSTEM)
    code = re.search(r"^\d{8}", str(newest(sandbox, victim).get_content()), re.MULTILINE)
    assert code is not None
    assert (await eve.browser.post(f"{at}/prove", json={"code": code[0]})).status_code == 409
    assert (await owner.browser.post(f"{theirs}/prove", json={"code": code[0]})).status_code == 200
    assert (await eve.browser.post(f"{at}/prove/code", json={})).status_code == 409
    async with mail_server(house) as port:
        for address in (victim, victim.replace("@", "+x@")):
            assert await asyncio.to_thread(mail_to, port, address) == {}
    assert await house.rows(await workspace_of(eve), "SELECT 1 FROM event") == []
    assert len(await house.rows(await workspace_of(owner), "SELECT 1 FROM event")) == 2
