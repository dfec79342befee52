"""The listeners of channels that are polled: each account's in one worker at a time, shared out fairly by leases.

A worker renews what it holds every 1.5 seconds; what a dead one held is free five seconds after its last renewal.
Who cannot renew stops listening by its own clock before the lease has ended: another may begin then. Two at once,
as after a pause of the whole machine, do no harm: an arrival is recognised by its name.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from dynaris.app.steady import AWAY
from dynaris.channels.contract import Account, ChannelHost, Listener
from dynaris.channels.registry import channels
from dynaris.core.db import Connection, app_conninfo

log = structlog.get_logger()

LEASE_SECONDS = 5.0  # as `hold_listeners` has it
_RENEW_SECONDS = 1.5
_STOP_SECONDS = 0.5  # before the lease ends
_RETRY_SECONDS = 0.5  # between tries to reach a database that is gone
_AGAIN_SECONDS = 2.0  # until an account whose listener failed is listened to again


class Leases(Protocol):
    """Which accounts are this worker's."""

    async def held(self, of_channels: list[str]) -> dict[UUID, bool]:
        """Renewed, with more taken where there are free ones; true: too many, to be given to another."""
        ...

    async def release(self, accounts: Iterable[UUID] | None) -> None:
        """Somebody else may have them; all of them with `None`."""
        ...

    async def pause(self) -> None:
        """Until it is time to renew, or another worker has released some."""
        ...


class DatabaseLeases:
    """Over a connection of its own, so that it never waits for one behind what makes the database slow."""

    def __init__(self, url: str) -> None:
        self._conninfo = app_conninfo(url, "dynaris-listeners")
        self._worker = uuid4()
        self._connection: Connection | None = None

    async def held(self, of_channels: list[str]) -> dict[UUID, bool]:
        try:
            connection = await self._connected()
            cursor = await connection.execute("SELECT * FROM hold_listeners(%s, %s)", (self._worker, of_channels))
            return {row["account_id"]: row["surplus"] for row in await cursor.fetchall()}
        except BaseException:  # a connection that failed, or did not answer in time, is not asked again
            await self.close()
            raise

    async def release(self, accounts: Iterable[UUID] | None) -> None:
        connection = await self._connected()
        named = None if accounts is None else list(accounts)
        await connection.execute("SELECT release_listeners(%s, %s)", (self._worker, named))

    async def pause(self) -> None:
        try:
            connection = await self._connected()
            async for _ in connection.notifies(timeout=_RENEW_SECONDS, stop_after=1):
                pass
        except AWAY:
            await self.close()
            await asyncio.sleep(_RETRY_SECONDS)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*AWAY):
                await connection.close()

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection[DictRow].connect(
                self._conninfo,
                autocommit=True,
                row_factory=dict_row,  # type: ignore[arg-type]
            )
            await self._connection.execute("LISTEN dynaris_listener")
        return self._connection


@dataclass
class _Running:
    account: Account[Any]
    task: asyncio.Task[None]


async def listen_everywhere(host: ChannelHost, leases: Leases) -> None:
    """Until cancelled: one listening task per account that is ours; accounts that come, change or go are noticed."""
    listening = _Listening(host)
    try:
        while True:
            await _round(listening, leases)
            await leases.pause()
    finally:
        await listening.stop_all()
        with suppress(*AWAY, TimeoutError):
            async with asyncio.timeout(2):
                await leases.release(None)


async def _round(listening: "_Listening", leases: Leases) -> None:
    """Who listens goes on while the database does not say whose accounts they are, as long as the lease is good."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    named = [channel.name for channel in channels().values() if isinstance(channel, Listener)]
    try:
        async with asyncio.timeout(LEASE_SECONDS):
            held = await leases.held(named)
            listening.good_until(asked + LEASE_SECONDS - _STOP_SECONDS)
            unwanted = await listening.follow(held)
            if unwanted:
                await leases.release(unwanted)
    except (*AWAY, TimeoutError) as error:
        listening.say_away(error)
    else:
        listening.is_away = False


class _Listening:
    """The tasks of this worker."""

    def __init__(self, host: ChannelHost) -> None:
        self._host = host
        self._running: dict[UUID, _Running] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._good_until = 0.0
        self.is_away = False  # the database

    def good_until(self, moment: float) -> None:
        """By the event loop's clock, which nobody sets. A process that was stopped finds the moment gone, and stops
        listening before it does anything else.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._good_until = moment
        self._timer = asyncio.get_running_loop().call_at(moment, self._expired)

    def _expired(self) -> None:
        if self._running:
            log.warning("listeners.lease_lost", accounts=len(self._running))
        for running in self._running.values():
            running.task.cancel()
        self._running.clear()

    async def follow(self, held: dict[UUID, bool]) -> list[UUID]:
        """Listens for what is held, and for nothing else. Accounts to be released: surplus, gone or disabled."""
        wanted = {
            account.id: (account, channel)
            for channel in channels().values()
            if isinstance(channel, Listener)
            for account in await self._host.accounts(channel.name)
        }
        ours = {account_id for account_id, surplus in held.items() if not surplus and account_id in wanted}
        ended = [
            self._running.pop(account_id)
            for account_id, running in list(self._running.items())
            if account_id not in ours or wanted[account_id][0] != running.account or running.task.done()
        ]
        await _stopped(ended)
        if asyncio.get_running_loop().time() >= self._good_until:
            return []  # that took too long: the lease is no longer good
        for account_id in ours - self._running.keys():
            account, channel = wanted[account_id]
            task = asyncio.create_task(_listen(channel, account, self._host))
            self._running[account_id] = _Running(account, task)
        return [account_id for account_id in held if account_id not in ours]

    def say_away(self, error: BaseException) -> None:
        if not self.is_away:  # once for each outage
            log.warning("listeners.accounts_unknown", error=error)
        self.is_away = True

    async def stop_all(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await _stopped(self._running.values())
        self._running.clear()


async def _stopped(ended: Iterable[_Running]) -> None:
    """Really: whoever gets the account next shall be alone with it."""
    tasks = [running.task for running in ended]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=2)


async def _listen(channel: Listener, account: Account[Any], host: ChannelHost) -> None:
    try:
        await channel.listen(account, host)
    except Exception as error:
        log.exception("listener.failed", account=str(account.id), error=error)
        try:
            await host.health(account, f"the listener stopped: {error}")
        except AWAY as failure:
            log.warning("listener.health_not_written", account=str(account.id), error=failure)
        await asyncio.sleep(_AGAIN_SECONDS)
