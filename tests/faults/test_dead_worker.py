"""Workers as real processes that share mailboxes: one is killed, and the others read what it read."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.migrations.run import ensure_current
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.channels.email.conftest import a_mail
from tests.databases import ask, new_database
from tests.flows.conftest import KEY, World

pytestmark = pytest.mark.hostile

_MAILBOXES = 4


@pytest.fixture
async def url(server_url: str) -> AsyncIterator[str]:
    """Of our own: real workers take every workspace's accounts."""
    async with new_database(server_url) as url:
        await ensure_current(url)
        yield url


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def sandbox(world: World, tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        async with world.services.db.transaction(world.workspace.id) as connection:
            for number in range(_MAILBOXES):
                address = f"desk{number}@clinic.example"
                imap = f"imap://{address.replace('@', '%40')}:demo@127.0.0.1:{running.imap_port}"
                await add_account(
                    connection,
                    world.workspace.id,
                    Vault(KEY),
                    channel="email",
                    address=address,
                    settings={"imap_url": imap},
                    agent=None,
                )
        yield running


@pytest.fixture
def workers(sandbox: RunningSandbox, url: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = os.environ | {
        "DATABASE_URL": url,
        "DYNARIS_SECRET_KEY": KEY,
        "DYNARIS_HOME": str(tmp_path),
        "DYNARIS_PRIVATE_NETWORKS": "loopback",
    }
    log = (tmp_path / "workers.log").open("wb")
    started = [
        subprocess.Popen([sys.executable, "-m", "dynaris", "worker"], env=environment, stdout=log, stderr=log)
        for _ in range(2)
    ]
    yield started
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.terminate()
    for process in started:
        process.wait(15)


async def shared(url: str, *counts: int, within: float = 30) -> float:
    """Until the living leases are so many per worker; how long that took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while True:
            rows = await ask(
                url,
                """SELECT count(*) FROM listener WHERE lease_until > clock_timestamp()
                   GROUP BY holder ORDER BY 1""",
            )
            if tuple(row[0] for row in rows) == counts:
                return time.monotonic() - began
            await asyncio.sleep(0.05)


async def arrived(url: str, count: int, *, within: float) -> None:
    async with asyncio.timeout(within):
        while await ask(url, "SELECT count(*) FROM event WHERE channel = 'email'") != [(count,)]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def deliver_to_all(sandbox: RunningSandbox, batch: int) -> None:
    for number in range(_MAILBOXES):
        mail = a_mail("Is there parking?\n", Message_ID=f"<{batch}-{number}@example.com>")
        sandbox.mailbox.deliver(f"desk{number}@clinic.example", mail)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=["killed", "paused", "stopped"])
async def test_mailboxes_move_within_ten_seconds_and_every_mail_is_read_once(
    workers: list[subprocess.Popen[bytes]], sandbox: RunningSandbox, url: str, how: signal.Signals
) -> None:
    await shared(url, 2, 2)
    await asyncio.sleep(1)
    before = (await ask(url, "SELECT count(*) FROM event WHERE channel = 'email'"))[0][0]
    deliver_to_all(sandbox, how)
    await arrived(url, before + _MAILBOXES, within=15)

    workers[0].send_signal(how)
    began = time.monotonic()
    deliver_to_all(sandbox, how + 100)
    await arrived(url, before + 2 * _MAILBOXES, within=10)
    print(f"{how.name}: all read {time.monotonic() - began:.1f} s after it")
    await shared(url, _MAILBOXES)
    workers[0].send_signal(signal.SIGCONT)
    if how == signal.SIGSTOP:
        await shared(url, 2, 2)
        deliver_to_all(sandbox, how + 200)
        await arrived(url, before + 3 * _MAILBOXES, within=15)
