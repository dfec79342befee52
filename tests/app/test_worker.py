"""What a worker keeps going, whatever fails underneath."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog.testing

from dynaris.app import listening, steady
from dynaris.app.listening import listen_everywhere
from dynaris.app.steady import kept_up
from dynaris.app.worker import say_what_is_missing
from dynaris.channels.contract import Account
from dynaris.core.errors import StartupError, Unavailable
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from tests.fakes.host import FakeHost


def test_a_worker_without_a_mail_server_says_what_it_cannot_do() -> None:
    with structlog.testing.capture_logs() as lines:
        say_what_is_missing(Settings())
    assert "set DYNARIS_SMTP_URL on every process" in lines[0]["remedy"]


class Mailboxes:
    """A channel that listens: says for whom, and stops listening when it is told."""

    name = "mailboxes"

    def __init__(self) -> None:
        self.begun: asyncio.Queue[Account[Any]] = asyncio.Queue()
        self.ended: asyncio.Queue[Account[Any]] = asyncio.Queue()
        self.fails = asyncio.Event()

    async def listen(self, account: Account[Any], _: Any) -> None:
        self.begun.put_nowait(account)
        try:
            await self.fails.wait()
            raise RuntimeError("a defect")
        finally:
            self.ended.put_nowait(account)


class DownHost(FakeHost):
    """Says when it was asked in vain."""

    def __init__(self, *accounts: Account[Any]) -> None:
        super().__init__(*accounts)
        self.refused: asyncio.Queue[None] = asyncio.Queue()

    def _answer(self) -> None:
        if self.is_down:
            self.refused.put_nowait(None)
        super()._answer()


class AllOurs:
    """Leases of a worker that is alone; not to be renewed while the database is away."""

    def __init__(self, host: FakeHost) -> None:
        self._host = host
        self.released: list[UUID] = []

    async def held(self, of_channels: list[str]) -> dict[UUID, bool]:
        return {account.id: False for name in of_channels for account in await self._host.accounts(name)}

    async def release(self, accounts: Iterable[UUID] | None) -> None:
        self.released += accounts or ()

    async def pause(self) -> None:
        await asyncio.sleep(0.005)


@pytest.fixture
def mailboxes(monkeypatch: pytest.MonkeyPatch) -> Mailboxes:
    channel = Mailboxes()
    monkeypatch.setattr(listening, "channels", lambda: {channel.name: channel})
    monkeypatch.setattr(listening, "_AGAIN_SECONDS", 0.005)
    return channel


def an_account() -> Account[Any]:
    return Account(
        id=new_id(), workspace_id=new_id(), channel="mailboxes", address="a@example.com", settings=None, agent=None
    )


@asynccontextmanager
async def running(loop: Awaitable[None]) -> AsyncIterator["asyncio.Future[None]"]:
    task = asyncio.ensure_future(loop)
    try:
        async with asyncio.timeout(5):
            yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_who_listens_goes_on_while_the_database_does_not_say_who_should(mailboxes: Mailboxes) -> None:
    host = DownHost(an_account())
    async with running(listen_everywhere(host, AllOurs(host))) as listening:
        await mailboxes.begun.get()
        host.is_down = True
        for _ in range(3):
            await host.refused.get()
        host.is_down = False
        host.known.append(later := an_account())
        assert await mailboxes.begun.get() == later, "new accounts are noticed again"
        assert mailboxes.ended.empty()
        assert not listening.done()


async def test_a_listener_that_fails_while_the_database_is_away_listens_again(mailboxes: Mailboxes) -> None:
    host = DownHost(account := an_account())
    async with running(listen_everywhere(host, AllOurs(host))):
        await mailboxes.begun.get()
        host.is_down = True
        mailboxes.fails.set()
        await mailboxes.ended.get()
        mailboxes.fails.clear()
        await host.refused.get()
        host.is_down = False
        assert await mailboxes.begun.get() == account


class Loop:
    """Ends as it is told, one way after the other; then runs on."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.ends = list(ends)
        self.steady = asyncio.Event()

    async def run(self) -> None:
        if not self.ends:
            self.steady.set()
            await asyncio.Event().wait()
        if error := self.ends.pop(0):
            raise error


@pytest.mark.parametrize(
    "end",
    [
        psycopg.OperationalError("gone"),
        Unavailable("no connection"),
        OSError("refused"),
        RuntimeError("a defect"),
        ExceptionGroup("several", [psycopg.OperationalError("gone"), ValueError("a defect")]),
        asyncio.CancelledError("inside"),
        None,
    ],
    ids=repr,
)
async def test_a_loop_begins_again_however_it_ended(monkeypatch: pytest.MonkeyPatch, end: BaseException | None) -> None:
    monkeypatch.setattr(steady, "_FIRST_PAUSE", 0.001)
    loop = Loop(end, end)
    async with running(kept_up("probe", loop.run)):
        await loop.steady.wait()


async def test_a_loop_that_answers_its_cancellation_with_an_error_is_not_begun_again() -> None:
    begun = asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise psycopg.OperationalError("closed while closing") from error

    task = asyncio.create_task(kept_up("probe", stubborn))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)


async def test_a_reason_not_to_start_is_let_through() -> None:
    with pytest.raises(StartupError, match="port 25"):
        await kept_up("probe", Loop(StartupError("port 25 is in use")).run)
