"""The worker process: jobs, the watchdog, and the listeners of channels that are polled or serve a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from dynaris.agents import herald
from dynaris.app.host import Host
from dynaris.app.listening import DatabaseLeases, listen_everywhere
from dynaris.app.ports import bound_socket
from dynaris.app.standby import until_activated
from dynaris.app.steady import kept_up
from dynaris.app.wiring import database_url, services_of
from dynaris.channels.contract import ChannelHost, Serving
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
        await until_activated(services.db)
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "jobs": lambda: job_runner(services).run(),
            "lanes": lambda: lane_runner(services).run(),
            "watchdog": lambda: run_watchdog(services),
            "listeners": lambda: listening(host, services),
        }
        for name, loop in loops.items():
            tasks.create_task(kept_up(name, loop))


async def listening(host: ChannelHost, services: Services) -> None:
    leases = DatabaseLeases(database_url(services.settings))
    try:
        await listen_everywhere(host, leases)
    finally:
        await leases.close()


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
