"""The worker process: jobs, the watchdog, and the listeners of channels that are polled or serve a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog

from dynaris.agents import herald
from dynaris.app.figures import publish
from dynaris.app.host import Host
from dynaris.app.jobs import jobs
from dynaris.app.listening import DatabaseLeases, listen_everywhere
from dynaris.app.ports import bound_socket
from dynaris.app.standby import until_activated
from dynaris.app.steady import kept_up, loaded
from dynaris.app.wiring import database_url, services_of
from dynaris.approvals.queries import is_pending
from dynaris.calls.watching import run_calls
from dynaris.channels.contract import ChannelHost, Serving
from dynaris.channels.registry import channels
from dynaris.contacts.duplicates.sweep import sweep_everywhere
from dynaris.conversations.handling import waits_for_team
from dynaris.core import tracing
from dynaris.core.addresses import addresses
from dynaris.core.jobs import JobRunner
from dynaris.core.settings import Settings
from dynaris.evals.world import sweep_everywhere as sweep_rehearsals
from dynaris.knowledge.suggestions.sweep import sweep_everywhere as look_after_knowledge
from dynaris.notifications.telling import Teller, run_telling
from dynaris.pipeline.comebacks import run_comebacks
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.lanes import LaneRunner
from dynaris.pipeline.services import Services
from dynaris.pipeline.watchdog import run_watchdog
from dynaris.privacy.retention import run_retention
from dynaris.scheduling.holds import expire_holds
from dynaris.scheduling.reminders import send_reminders
from dynaris.sla.watching import run_clocks
from dynaris.templates.syncing import sync_everywhere as sync_everywhere_templates

log = structlog.get_logger()


async def run_worker(settings: Settings, *, serve: bool) -> None:
    """Until cancelled, whatever becomes of the database meanwhile.

    `serve`: also run the servers of channels (SMTP), which one process per machine can do.
    """
    tracing.configure("worker")
    try:
        await _work(settings, serve=serve)
    finally:
        tracing.close()


async def _work(settings: Settings, *, serve: bool) -> None:
    async with services_of(settings, "dynaris-worker") as services, asyncio.TaskGroup() as tasks:
        say_what_is_missing(settings)
        host = Host(services)
        if serve and settings.smtp_port:
            address = settings.host, settings.smtp_port
            bound_socket(*address, "--smtp-port or DYNARIS_SMTP_PORT").close()
            for channel in channels().values():
                if isinstance(channel, Serving):
                    tasks.create_task(kept_up(channel.name, partial(channel.serve, host, *address)))
        await asyncio.to_thread(herald.warm_up)
        loaded()
        await until_activated(services.db)
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "jobs": lambda: job_runner(services).run(),
            "lanes": lambda: lane_runner(services).run(),
            "watchdog": lambda: run_watchdog(services),
            "knowledge": lambda: look_after_knowledge(services.db),
            "duplicates": lambda: sweep_everywhere(services.db),
            "listeners": lambda: listening(host, services),
            "holds": lambda: expire_holds(services.db),
            "templates": lambda: sync_everywhere_templates(services.db, services.accounts),
            "telling": lambda: run_telling(teller_of(services)),
            "sla": lambda: run_clocks(services.db),
            "reminders": lambda: send_reminders(services.db),
            "retention": lambda: run_retention(services),
            "calls": lambda: run_calls(services),
            "comebacks": lambda: run_comebacks(services),
            "rehearsals": lambda: sweep_rehearsals(services),
            "figures": lambda: publish(services.db, "worker"),
        }
        for name, loop in loops.items():
            tasks.create_task(kept_up(name, loop))


def teller_of(services: Services) -> Teller:
    waits = {"conversation": waits_for_team, "approval": is_pending}
    return Teller(services.db, addresses(services.settings), waits)


def say_what_is_missing(settings: Settings) -> None:
    if settings.smtp_url is None:
        what = "mail of accounts without an smtp_url waits, here too where another process has DYNARIS_SMTP_URL"
        log.warning("worker.no_smtp_server", what=what, remedy="set DYNARIS_SMTP_URL on every process alike")


async def listening(host: ChannelHost, services: Services) -> None:
    leases = DatabaseLeases(database_url(services.settings))
    try:
        await listen_everywhere(host, leases)
    finally:
        await leases.close()


def job_runner(services: Services) -> JobRunner:
    runner = JobRunner(database_url(services.settings), concurrency=services.settings.worker_concurrency)
    for name, function in jobs(services).items():
        runner.register(name, function)
    return runner


def lane_runner(services: Services) -> LaneRunner:
    async def work(workspace_id: UUID, lane: str, holder: UUID) -> None:
        with services.rush.served():
            await run_lane(services, workspace_id, lane, holder)

    return LaneRunner(services.db, work, concurrency=services.settings.worker_concurrency)
