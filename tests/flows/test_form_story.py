"""A form on a web site through the whole product: answered by mail, kept for a call, or only kept."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.contract import Account
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.pipeline.way_back import MOST_UNANSWERED
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.flows.conftest import KEY, World
from tests.web import client_of, new_key

LEAD = {"name": "Ann Lee", "email": "ann@example.com", "message": "What does a first assessment cost?"}
CALL = {"answer": "call", "country": "DE"}


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


@pytest.fixture
async def mailbox(world: World, sandbox: RunningSandbox) -> Account[Any]:
    """The workspace's mail account."""
    address = f"hello@{world.workspace.id.hex[-12:]}.example"
    settings = {"name": "Test clinic", "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}
    return await connect(world, "email", address, settings)


async def connect(world: World, channel: str, address: str, settings: dict[str, Any]) -> Account[Any]:
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection, world.workspace.id, Vault(KEY), channel=channel, address=address, settings=settings
        )
    world.services.accounts.forget()
    return await world.services.accounts.by_id(world.workspace.id, account_id)


class Site:
    """A web site with the workspace's form."""

    def __init__(self, world: World, key: str) -> None:
        self.world, self.path = world, f"/forms/{key}"
        self.app = create_app(world.services, Host(world.services))

    async def post(self, **request: Any) -> httpx.Response:
        async with client_of(self.app) as client:
            return await client.post(self.path, **request)

    async def lead(self, lead: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
        """Posted and worked on; its event."""
        answer = await self.post(json=lead or LEAD, headers=headers)
        assert answer.status_code == 202, answer.text
        await self.world.settle()
        return await self.world.event(UUID(answer.json()["event_id"]))

    async def as_teammate(self, method: str, path: str, **request: Any) -> httpx.Response:
        key = await new_key(self.world.services.db, self.world.workspace.id)
        async with client_of(self.app, authorization=f"Bearer {key}") as client:
            return await client.request(method, path, **request)


async def site(world: World, **settings: Any) -> Site:
    key = f"contact-{world.workspace.id.hex[-12:]}"
    await connect(world, "forms", key, settings)
    return Site(world, key)


def mails(sandbox: RunningSandbox, to: str = "ann@example.com") -> list[Any]:
    inbox = sandbox.mailbox.inbox(to)
    return [message_from_bytes(inbox.read(uid) or b"", policy=policy.default) for uid in inbox.uids()]


def forward(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail)


async def test_a_lead_is_answered_by_mail_and_its_answer_joins_the_conversation(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world)
    event = await form.lead({**LEAD, "subject": "Prices", "Insurance": "private"})
    assert (event["channel"], event["outcome"]) == ("forms", "answered")
    (answer,) = mails(sandbox)
    assert "€75" in answer.get_body(("plain",)).get_content()
    assert answer["Subject"] == "Re: Your inquiry: Prices"
    assert answer["From"] == f"Test clinic <{mailbox.address}>"
    assert answer["Auto-Submitted"].startswith("auto-")
    assert "private" not in answer.as_string(), "what a stranger typed is not sent on"
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        reply = EmailMessage()
        reply["From"], reply["To"], reply["Subject"] = "ann@example.com", mailbox.address, answer["Subject"]
        reply["Message-ID"], reply["In-Reply-To"] = "<a2@example.com>", answer["Message-ID"]
        reply.set_content("And is there parking?")
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
    events = await world.rows("SELECT * FROM event WHERE workspace_id = %s ORDER BY id")
    assert [each["outcome"] for each in events] == ["answered", "answered"]
    assert len({each["conversation_id"] for each in events}) == len({each["contact_id"] for each in events}) == 1
    [conversation] = await world.rows("SELECT * FROM conversation WHERE workspace_id = %s")
    assert (conversation["channel"], conversation["identity"]) == ("email", "claimed")
    [first, *_] = await world.rows("SELECT text FROM message WHERE workspace_id = %s ORDER BY id")
    assert first["text"] == "What does a first assessment cost?\n\nInsurance: private"
    assert len(mails(sandbox)) == 2
