"""A mail server that hangs, or that nobody can find: the account says so, nothing is sent twice, and it passes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from dynaris.channels.contract import Account
from dynaris.channels.email import send
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.deliver import deliver
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.channels.email.scripted import SILENT, Scripted, scripted
from tests.flows.conftest import KEY, World

NOWHERE = "mail.clinic.invalid"


async def mail_account(world: World, **settings: str) -> Account[Any]:
    address = f"hello@{world.workspace.id.hex[-12:]}.example"
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection, world.workspace.id, Vault(KEY), channel="email", address=address, settings=settings, agent=None
        )
    return await world.services.accounts.by_id(world.workspace.id, account_id)


async def a_mail(world: World, account: Account[Any]) -> UUID:
    async with world.services.db.transaction(world.workspace.id) as connection:
        outbox_id = await enqueue(
            connection,
            world.workspace.id,
            audience="contact",
            channel="email",
            account_id=account.id,
            recipient="ann@example.com",
            content={"text": "We open at nine.", "subject": "Opening hours"},
            dedupe_key="a cause",
        )
    assert outbox_id is not None
    return outbox_id


async def state(world: World, account: Account[Any]) -> tuple[str, str | None, str | None]:
    (row,) = await world.rows(
        """SELECT o.status, o.error, a.send_error FROM outbox o JOIN account a ON a.workspace_id = o.workspace_id
           AND a.id = o.account_id WHERE o.workspace_id = %s AND a.id = %s""",
        account.id,
    )
    return row["status"], row["error"], row["send_error"]


@pytest.fixture(autouse=True)
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    for name, seconds in (("_BEFORE_DATA", 0.5), ("_WHOLE_SEND", 5.0), ("_FOR_THE_ANSWER", 0.5)):
        monkeypatch.setattr(send, name, seconds)
    yield
    await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


def kept(server: Scripted) -> int:
    return sum(line.startswith("DATA") for line in server.said)


@pytest.mark.parametrize("phase", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_server_that_hangs_before_it_has_the_mail_gets_it_later_once(world: World, phase: str) -> None:
    async with scripted(**{phase: SILENT}) as server:
        account = await mail_account(world, smtp_url=f"smtp://127.0.0.1:{server.port}")
        outbox_id = await a_mail(world, account)
        assert await deliver(world.services, world.workspace.id, outbox_id) == "queued"
        status, error, send_error = await state(world, account)
        assert (status, error) == ("queued", send_error), "the account says why"
        server.answers[phase] = Scripted({}).answers[phase]
        server.drop_connections()
        assert await deliver(world.services, world.workspace.id, outbox_id) == "sent"
        assert await deliver(world.services, world.workspace.id, outbox_id) is None
    assert (await state(world, account))[2] is None


async def test_a_server_that_hangs_when_it_has_the_mail_leaves_it_to_a_person(world: World) -> None:
    async with scripted(mail=SILENT) as server:
        account = await mail_account(world, smtp_url=f"smtp://127.0.0.1:{server.port}")
        outbox_id = await a_mail(world, account)
        assert await deliver(world.services, world.workspace.id, outbox_id) == "unknown"
        assert await deliver(world.services, world.workspace.id, outbox_id) is None, "never blindly again"
        assert kept(server) == 1


class Names:
    """A resolver that knows one name or not."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.is_down = True
        really = socket.getaddrinfo

        def look_up(host: Any, *rest: Any, **named: Any) -> Any:
            if str(host) != NOWHERE:
                return really(host, *rest, **named)
            if self.is_down:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return really("127.0.0.1", *rest, **named)

        patch.setattr(socket, "getaddrinfo", look_up)


async def test_a_mail_waits_while_names_cannot_be_resolved_and_leaves_when_they_can(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch)
    async with scripted() as server:
        account = await mail_account(world, smtp_url=f"smtp://{NOWHERE}:{server.port}")
        outbox_id = await a_mail(world, account)
        assert await deliver(world.services, world.workspace.id, outbox_id) == "queued"
        _, error, send_error = await state(world, account)
        assert NOWHERE in str(error)
        assert NOWHERE in str(send_error), "the account says why"
        names.is_down = False
        assert await deliver(world.services, world.workspace.id, outbox_id) == "sent"
        assert await state(world, account) == ("sent", None, None)


@pytest.fixture
async def sandbox(tmp_path: Any) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running


async def test_a_mailbox_is_read_again_when_its_name_can_be_resolved(
    world: World, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.app.host import Host
    from dynaris.channels.email import imap_in

    monkeypatch.setattr(imap_in, "_RETRY", (0.05,))
    names = Names(monkeypatch)
    account = await mail_account(world, imap_url=f"imap://hello:demo@{NOWHERE}:{sandbox.imap_port}/?starttls=never")
    task = asyncio.create_task(channels()["email"].listen(account, Host(world.services)))  # type: ignore[attr-defined]
    try:
        async with asyncio.timeout(10):
            while not (said := await error_of(world, account)):  # noqa: ASYNC110 - in the database
                await asyncio.sleep(0.02)
            assert NOWHERE in said
            names.is_down = False
            while await error_of(world, account):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def error_of(world: World, account: Account[Any]) -> str | None:
    (row,) = await world.rows("SELECT error FROM account WHERE workspace_id = %s AND id = %s", account.id)
    return row["error"]
