"""Reading a mailbox: at once, after every kind of break, nothing left out and nothing twice."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.contract import Account
from dynaris.channels.email import imap_in
from dynaris.channels.email.adapter import EmailChannel
from dynaris.core import clock
from dynaris.core.settings import Settings
from dynaris.sandbox.faults import Fault
from dynaris.sandbox.process import RunningSandbox
from tests.channels.email.conftest import CLINIC, a_mail, an_account, an_answer
from tests.channels.email.tls import server_context, tls_before
from tests.fakes.host import FakeHost


def mailbox_account(port: int, *, scheme: str = "imap", password: str = "demo", **settings: Any) -> Account[Any]:
    return an_account(imap_url=f"{scheme}://hello%40clinic.example:{password}@127.0.0.1:{port}/INBOX", **settings)


@asynccontextmanager
async def listening(account: Account[Any], host: FakeHost, *, well: bool = True) -> AsyncIterator[None]:
    before = len(host.healths)
    channel = EmailChannel()
    channel.configure(Settings(private_networks="loopback"))
    task = asyncio.create_task(channel.listen(account, host))
    try:
        if well:
            assert await host.until_health(before + 1) is None
        yield
    finally:
        task.cancel()
        started = time.monotonic()
        await asyncio.wait([task], timeout=5)
        assert time.monotonic() - started < 1


def numbered(first: int, count: int = 1, **fields: str) -> list[bytes]:
    return [
        a_mail(f"Number {number}\n", Message_ID=f"<n{number}@example.com>", **fields)
        for number in range(first, first + count)
    ]


def ids(host: FakeHost) -> list[str]:
    return [arrival.external_id.split("@")[0].strip("<") for _, arrival in host.arrivals]


async def test_new_mail_arrives_within_a_second(sandbox: RunningSandbox) -> None:
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        for number in range(3):
            started = time.monotonic()
            sandbox.mailbox.deliver(CLINIC, numbered(number)[0])
            await host.until_arrived(number + 1)
            assert time.monotonic() - started < 1
    read = EmailChannel().read(host.arrivals[0][1], account)
    assert (read.sender.value, read.text) == ("ann@example.com", "Number 0")
    assert host.arrivals[0][1].lane == "email:ann@example.com"
    assert host.healths == [None]


async def test_mail_is_left_as_it_was_unless_it_is_to_be_marked(sandbox: RunningSandbox) -> None:
    inbox = sandbox.mailbox.inbox(CLINIC)
    for mark, expected in ((False, frozenset()), (True, frozenset({"\\Seen"}))):
        account = mailbox_account(sandbox.imap_port, mark_seen=mark)
        host = FakeHost(account)
        async with listening(account, host):
            stored = sandbox.mailbox.deliver(CLINIC, numbered(int(mark))[0])
            await host.until_arrived(1 + int(mark))
            await host.until_place_moved(account.id, stored.uid)
            found = inbox.mail(stored.uid)
            assert found is not None
            assert found.flags == expected


async def test_a_first_connection_takes_unanswered_mail_of_the_last_day_only(sandbox: RunningSandbox) -> None:
    inbox = sandbox.mailbox.inbox(CLINIC)
    inbox.add(numbered(1)[0], received=clock.now() - timedelta(days=3))
    inbox.add(numbered(2)[0], received=clock.now() - timedelta(hours=30))
    inbox.add(numbered(3)[0], received=clock.now() - timedelta(hours=3))
    inbox.add(numbered(4)[0], received=clock.now() - timedelta(hours=2), flags=("\\Answered",))
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        assert ids(host) == ["n3"]
        sandbox.mailbox.deliver(CLINIC, numbered(5)[0])
        await host.until_arrived(2)
        assert ids(host) == ["n3", "n5"]


async def test_a_dropped_connection_loses_nothing(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_in, "_RETRY", (0.05,))
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        for round_ in range(3):
            sandbox.imap.drop_connections()
            for mail in numbered(round_ * 10, 10):
                sandbox.mailbox.deliver(CLINIC, mail)
            await host.until_arrived(round_ * 10 + 10)
        sandbox.faults.add(Fault("imap_drop"), times=3)
        sandbox.mailbox.deliver(CLINIC, numbered(30)[0])
        await host.until_arrived(31, within=10)
    assert sorted(ids(host)) == sorted(f"n{number}" for number in range(31))


async def test_what_came_while_nobody_listened_is_read_in_order(sandbox: RunningSandbox) -> None:
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        pass
    for mail in numbered(0, 60):
        sandbox.mailbox.deliver(CLINIC, mail)
    async with listening(account, host, well=False):
        await host.until_arrived(60)
    assert ids(host) == [f"n{number}" for number in range(60)]
    assert host.duplicates == 0


async def test_a_crash_between_accepting_and_the_checkpoint_reads_again_and_answers_once(
    sandbox: RunningSandbox,
) -> None:
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        before = dict(host.checkpoints[account.id])
        sandbox.mailbox.deliver(CLINIC, numbered(1)[0])
        await host.until_arrived(1)
    host.checkpoints[account.id] = before
    async with listening(account, host):
        await host.until_duplicates(1)
    assert len(host.arrivals) == 1


async def test_new_uids_lose_nothing_and_repeat_nothing(sandbox: RunningSandbox) -> None:
    """A restored server: other UIDVALIDITY, every mail another uid, and one that came in between."""
    inbox = sandbox.mailbox.inbox(CLINIC)
    old = (clock.now() - timedelta(days=400)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    inbox.add(numbered(0, Date=old)[0], received=clock.now() - timedelta(days=400))
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        for mail in numbered(1, 5):
            sandbox.mailbox.deliver(CLINIC, mail)
        await host.until_arrived(5)
        inbox.add(numbered(90, Date=old)[0], received=clock.now() - timedelta(days=400))
        sandbox.mailbox.deliver(CLINIC, numbered(6)[0])
        inbox.renew_uid_validity()
        inbox.add(numbered(91, Date=old)[0])  # restored just now, but written before the account was connected
        sandbox.imap.drop_connections()
        await host.until_duplicates(5)
        sandbox.mailbox.deliver(CLINIC, numbered(7)[0])
        await host.until_arrived(7)
    assert sorted(ids(host)) == [f"n{number}" for number in range(1, 8)]
    assert host.checkpoints[account.id]["uid_validity"] == inbox.uid_validity()


async def test_a_database_that_is_away_delays_mail_and_loses_none(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_in, "_RETRY", (0.05,))
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        host.is_down = True
        sandbox.mailbox.deliver(CLINIC, numbered(1)[0])
        await asyncio.sleep(0.3)
        assert host.arrivals == []
        host.is_down = False
        await host.until_arrived(1)


async def test_a_wrong_password_is_reported_once_and_tried_seldom(sandbox: RunningSandbox) -> None:
    account = mailbox_account(sandbox.imap_port, password="wrong")
    host = FakeHost(account)
    async with listening(account, host, well=False):
        said = await host.until_health(1)
        assert said is not None
        assert "does not accept the user and password" in said
        assert "wrong" not in said


async def test_a_server_that_is_away_is_reported_until_it_is_back(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_in, "_RETRY", (0.05,))
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        sandbox.imap.close()
        said = await host.until_health(2)
        assert said is not None
        assert "cannot be read" in said
        await asyncio.sleep(0.3)
        assert len(host.healths) == 2
        await sandbox.imap.start("127.0.0.1", sandbox.imap_port)
        assert await host.until_health(3) is None


async def test_a_mail_that_is_too_large_arrives_as_its_header_for_a_person(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_in, "LARGEST_MAIL", 5_000)
    account = mailbox_account(sandbox.imap_port)
    host = FakeHost(account)
    async with listening(account, host):
        sandbox.mailbox.deliver(CLINIC, a_mail("x" * 9_000, Content_Language="en", Subject="Large"))
        (arrival,) = await host.until_arrived(1)
    read = EmailChannel().read(arrival, account)
    assert (read.sender.value, read.subject) == ("ann@example.com", "Large")
    assert read.unanswerable is not None
    assert "more than 5000" in read.unanswerable
    assert "more than 5000" in read.text


async def test_listening_works_over_tls(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with tls_before(sandbox.imap_port, server_context(tmp_path)) as port:
        account = mailbox_account(port, scheme="imaps")
        host = FakeHost(account)
        async with listening(account, host):
            for number in range(3):
                sandbox.mailbox.deliver(CLINIC, numbered(number)[0])
                await host.until_arrived(number + 1, within=1)
            sandbox.imap.drop_connections()
            sandbox.mailbox.deliver(CLINIC, numbered(3)[0])
            await host.until_arrived(4, within=3)


async def test_mail_leaves_over_tls(sandbox: RunningSandbox, tmp_path: Path) -> None:
    channel = EmailChannel()
    channel.configure(Settings(private_networks="loopback"))
    async with tls_before(sandbox.smtp_port, server_context(tmp_path)) as port:
        await channel.send(an_answer(), an_account(smtp_url=f"smtps://ann:x@127.0.0.1:{port}"))
        await channel.close()
    assert len(sandbox.mailbox.inbox("ann@example.com").uids()) == 1


async def test_an_account_without_a_mailbox_just_waits() -> None:
    account = an_account()
    host = FakeHost(account)
    async with listening(account, host):
        assert host.healths == [None]


async def test_threads_end_with_their_listener(sandbox: RunningSandbox) -> None:
    def reading() -> int:
        return sum(thread.name == "imap" for thread in threading.enumerate())

    account = mailbox_account(sandbox.imap_port)
    async with listening(account, FakeHost(account)):
        assert await until(lambda: reading() >= 1)
    assert await until(lambda: reading() == 0)


async def until(holds: Callable[[], bool]) -> bool:
    async with asyncio.timeout(2):
        while not holds():  # noqa: ASYNC110 - threads set no event
            await asyncio.sleep(0.01)
    return True
