"""The worker process: jobs, the watchdog, and the listeners of channels that are polled or serve a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from dynaris.agents import herald
from dynaris.app.host import Host
from dynaris.app.ports import bound_socket
from dynaris.app.steady import AWAY, kept_up
from dynaris.app.wiring import database_url, services_of
from dynaris.channels.contract import Account, ChannelHost, Listener, Serving
from dynaris.channels.registry import channels
from dynaris.contacts.merge import GATHER_JOB, gather_late_rows
from dynaris.core.jobs import JobRunner
from dynaris.core.settings import Settings
from dynaris.outbox.actions import DELIVER_JOB
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.lanes import LaneRunner
from dynaris.pipeline.services import Services
from dynaris.pipeline.watchdog import run_watchdog

log = structlog.get_logger()

_LOOK_FOR_ACCOUNTS = 3.0  # seconds until a new or changed account is listened to


async def run_worker(settings: Settings, *, serve: bool) -> None:
    """Until cancelled, whatever becomes of the database meanwhile.

    `serve`: also run the servers of channels (SMTP), which one process per machine can do.
    """
    async with services_of(settings, "dynaris-worker") as services, asyncio.TaskGroup() as tasks:
        host = Host(services)
        if serve and settings.smtp_port:
            address = settings.host, settings.smtp_port
            bound_socket(*address, "--smtp-port or DYNARIS_SMTP_PORT").close()
            for channel in channels().values():
                if isinstance(channel, Serving):
                    tasks.create_task(kept_up(channel.name, partial(channel.serve, host, *address)))
        await asyncio.to_thread(herald.warm_up)
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "jobs": lambda: job_runner(services).run(),
            "lanes": lambda: lane_runner(services).run(),
            "watchdog": lambda: run_watchdog(services),
            "listeners": lambda: listen_everywhere(host),
        }
        for name, loop in loops.items():
            tasks.create_task(kept_up(name, loop))


def job_runner(services: Services) -> JobRunner:
    runner = JobRunner(database_url(services.settings), concurrency=services.settings.worker_concurrency)

    async def send(workspace_id: str, outbox_id: str) -> None:
        await deliver(services, UUID(workspace_id), UUID(outbox_id))

    async def gather(workspace_id: str) -> None:
        async with services.db.workspace(UUID(workspace_id)) as connection:
            await gather_late_rows(connection, UUID(workspace_id))

    runner.register(GATHER_JOB, gather)
    runner.register(DELIVER_JOB, send)
    return runner


def lane_runner(services: Services) -> LaneRunner:
    async def work(workspace_id: UUID, lane: str, holder: UUID) -> None:
        await run_lane(services, workspace_id, lane, holder)

    return LaneRunner(services.db, work, concurrency=services.settings.worker_concurrency)


_Listening = dict[UUID, tuple[Account[Any], asyncio.Task[None]]]
_Wanted = dict[UUID, tuple[Account[Any], Listener]]


async def listen_everywhere(host: ChannelHost) -> None:
    """One listening task per account; accounts that come, change or go are noticed. Who listens goes on when the
    database does not say who should.
    """
    listening: _Listening = {}
    away = False
    try:
        while True:
            try:
                _follow(listening, await _wanted(host), host)
                away = False
            except AWAY as error:
                if not away:
                    log.warning("listeners.accounts_unknown", error=repr(error))
                away = True
            await asyncio.sleep(_LOOK_FOR_ACCOUNTS)
    finally:
        for _, task in listening.values():
            task.cancel()


async def _wanted(host: ChannelHost) -> _Wanted:
    return {
        account.id: (account, channel)
        for channel in channels().values()
        if isinstance(channel, Listener)
        for account in await host.accounts(channel.name)
    }


def _follow(listening: _Listening, wanted: _Wanted, host: ChannelHost) -> None:
    for account_id, (account, task) in list(listening.items()):
        if account_id not in wanted or wanted[account_id][0] != account or task.done():
            task.cancel()
            del listening[account_id]
    for account_id, (account, channel) in wanted.items():
        if account_id not in listening:
            listening[account_id] = account, asyncio.create_task(_listen(channel, account, host))


async def _listen(channel: Listener, account: Account[Any], host: ChannelHost) -> None:
    try:
        await channel.listen(account, host)
    except Exception as error:
        log.exception("listener.failed", account=str(account.id), error=repr(error))
        try:
            await host.health(account, f"the listener stopped: {error}")
        except AWAY as failure:
            log.warning("listener.health_not_written", account=str(account.id), error=repr(failure))
        await asyncio.sleep(_LOOK_FOR_ACCOUNTS)
