"""Accounts shared out among workers by leases: each is listened to once, and none is left when a worker is gone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import BaseModel

from dynaris.app import listening
from dynaris.app.listening import DatabaseLeases, listen_everywhere
from dynaris.channels.contract import Account
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace
from tests.fakes.host import FakeHost


class Mailboxes:
    """A channel of this test alone, that says who listens for what."""

    def __init__(self) -> None:
        self.name = f"mailboxes-{new_id()}"
        self.listening: dict[UUID, int] = {}
        self.changed = asyncio.Condition()

    async def listen(self, account: Account[Any], _: Any) -> None:
        try:
            await self._count(account.id, 1)
            await asyncio.Event().wait()
        finally:
            await self._count(account.id, -1)

    async def _count(self, account_id: UUID, by: int) -> None:
        async with self.changed:
            self.listening[account_id] = self.listening.get(account_id, 0) + by
            self.changed.notify_all()

    async def until(self, accounts: int, *, within: float = 5.0) -> None:
        """So many accounts are listened to, none of them twice."""
        async with asyncio.timeout(within), self.changed:
            await self.changed.wait_for(lambda: sum(self.listening.values()) == accounts)
        assert max(self.listening.values(), default=0) <= 1


class NoSettings(BaseModel):
    """Nothing is signed in to."""


@pytest.fixture
def mailboxes(monkeypatch: pytest.MonkeyPatch) -> Mailboxes:
    channel = Mailboxes()
    monkeypatch.setattr(listening, "channels", lambda: {channel.name: channel})
    monkeypatch.setattr(listening, "_RENEW_SECONDS", 0.05)
    return channel


@pytest.fixture
async def host(db: Database, workspace: NewWorkspace, mailboxes: Mailboxes) -> FakeHost:
    """Knows three accounts that are in the database, too."""
    accounts = [
        Account(
            id=new_id(),
            workspace_id=workspace.id,
            channel=mailboxes.name,
            address=f"{number}@clinic.example",
            settings=NoSettings(),
            agent=None,
        )
        for number in range(3)
    ]
    async with db.workspace(workspace.id) as connection:
        for account in accounts:
            await connection.execute(
                "INSERT INTO account (workspace_id, id, channel, address) VALUES (%s, %s, %s, %s)",
                (workspace.id, account.id, account.channel, account.address),
            )
    return FakeHost(*accounts)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Sees and sets every row; of earlier workers none is left."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("TRUNCATE listener, listening_worker")
        yield connection


class Worker:
    """A run loop with leases of its own."""

    def __init__(self, url: str, host: FakeHost) -> None:
        self.leases = DatabaseLeases(url)
        self.task = asyncio.create_task(listen_everywhere(host, self.leases))

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.leases.close()


@pytest.fixture
async def workers(
    database_url: str, host: FakeHost, owner: psycopg.AsyncConnection[Any]
) -> AsyncIterator[list[Worker]]:
    started = [Worker(database_url, host)]
    yield started
    for worker in started:
        await worker.stop()


async def holders(owner: psycopg.AsyncConnection[Any]) -> list[int]:
    cursor = await owner.execute("SELECT count(*) FROM listener GROUP BY holder ORDER BY 1")
    return [row[0] for row in await cursor.fetchall()]


async def test_workers_share_the_accounts_and_each_is_listened_to_once(
    workers: list[Worker], mailboxes: Mailboxes, database_url: str, host: FakeHost, owner: psycopg.AsyncConnection[Any]
) -> None:
    await mailboxes.until(3)
    workers.append(Worker(database_url, host))
    async with asyncio.timeout(5):
        while await holders(owner) != [1, 2]:
            assert max(mailboxes.listening.values()) <= 1
            await asyncio.sleep(0.01)
    await mailboxes.until(3)


async def test_a_worker_that_stops_hands_over_at_once(
    workers: list[Worker], mailboxes: Mailboxes, database_url: str, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mailboxes.until(3)
    workers.append(Worker(database_url, host))
    monkeypatch.setattr(listening, "_RENEW_SECONDS", 2.0)
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await workers.pop(0).stop()
    await mailboxes.until(3)
    assert asyncio.get_running_loop().time() - began < 1


async def test_what_a_dead_worker_held_is_taken_when_its_lease_ends(
    workers: list[Worker], mailboxes: Mailboxes, owner: psycopg.AsyncConnection[Any], host: FakeHost
) -> None:
    dead = new_id()
    await mailboxes.until(3)
    await owner.execute("UPDATE listener SET holder = %s", (dead,))
    await mailboxes.until(0)  # the worker sees that they are another's
    await owner.execute("UPDATE listener SET lease_until = clock_timestamp() - interval '1 ms'")
    await mailboxes.until(3)


async def test_a_lease_from_before_the_clock_stepped_back_ends_with_its_worker(
    workers: list[Worker], mailboxes: Mailboxes, owner: psycopg.AsyncConnection[Any]
) -> None:
    await mailboxes.until(3)
    ahead = "clock_timestamp() + interval '1 hour'"
    dead = new_id()
    await owner.execute(f"INSERT INTO listening_worker (id, seen_until) VALUES (%s, {ahead})", (dead,))
    await owner.execute(f"UPDATE listener SET holder = %s, lease_until = {ahead}", (dead,))
    await mailboxes.until(0)
    cursor = await owner.execute("SELECT max(lease_until) - clock_timestamp() < interval '5.1 seconds' FROM listener")
    assert await cursor.fetchone() == (True,), "the lease is as long as any, no longer"
    await owner.execute("UPDATE listener SET lease_until = clock_timestamp() - interval '1 ms'")
    await mailboxes.until(3)


async def test_who_cannot_renew_stops_before_another_may_begin(
    workers: list[Worker], mailboxes: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LEASE_SECONDS", 1.5)
    await mailboxes.until(3)
    await asyncio.sleep(0.2)

    async def away(_: list[str]) -> dict[UUID, bool]:
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(workers[0].leases, "held", away)
        began = asyncio.get_running_loop().time()
        await mailboxes.until(0, within=1.5)
        assert asyncio.get_running_loop().time() - began > 0.5, "a short outage disturbs nobody"
    await mailboxes.until(3)


async def test_an_account_that_is_disabled_is_let_go(
    workers: list[Worker], mailboxes: Mailboxes, host: FakeHost, owner: psycopg.AsyncConnection[Any]
) -> None:
    await mailboxes.until(3)
    gone = host.known.pop()
    await owner.execute("UPDATE account SET enabled = false WHERE id = %s", (gone.id,))
    await mailboxes.until(2)
    async with asyncio.timeout(5):
        while await holders(owner) != [2]:  # noqa: ASYNC110 - the database is asked, nothing here is told
            await asyncio.sleep(0.01)
