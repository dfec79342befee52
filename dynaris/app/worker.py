"""The worker process: jobs, the watchdog, and the listeners of channels that are polled or serve a socket."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog

from dynaris.agents import herald
from dynaris.agents.story_telling import story_jobs
from dynaris.app.figures import publish
from dynaris.app.host import Host
from dynaris.app.listening import DatabaseLeases, listen_everywhere
from dynaris.app.ports import bound_socket
from dynaris.app.standby import until_activated
from dynaris.app.steady import kept_up, loaded
from dynaris.app.wiring import database_url, services_of
from dynaris.channels.contract import ChannelHost, Serving
from dynaris.channels.registry import channels
from dynaris.contacts.duplicates.sweep import SWEEP_JOB, sweep, sweep_everywhere
from dynaris.contacts.imports.running import IMPORT_JOB
from dynaris.contacts.imports.running import work as work_on_import
from dynaris.contacts.merge import GATHER_JOB, gather_late_rows
from dynaris.contacts.suppression import hasher
from dynaris.core import tracing
from dynaris.core.jobs import JobFunction, JobRunner
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.evals.runs import EVALS_JOB
from dynaris.evals.working import work as work_on_evals
from dynaris.evals.world import sweep_everywhere as sweep_rehearsals
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.embeddings.client import configured
from dynaris.knowledge.embeddings.filling import EMBED_JOB, fill
from dynaris.knowledge.jobs import knowledge_jobs
from dynaris.knowledge.suggestions.sweep import sweep_everywhere as look_after_knowledge
from dynaris.outbox.actions import DELIVER_JOB
from dynaris.people.members import LEFT_JOB
from dynaris.pipeline.batches.starting import BATCH_JOB
from dynaris.pipeline.batches.working import work_off
from dynaris.pipeline.comebacks import run_comebacks
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.lanes import LaneRunner
from dynaris.pipeline.person import let_go
from dynaris.pipeline.services import Services
from dynaris.pipeline.watchdog import run_watchdog
from dynaris.privacy.erasure import erase_job
from dynaris.privacy.export import EXPORT_JOB, export_job
from dynaris.privacy.fence import ERASE_JOB
from dynaris.privacy.retention import run_retention
from dynaris.scheduling.holds import expire_holds
from dynaris.scheduling.reminders import send_reminders

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
            "reminders": lambda: send_reminders(services.db),
            "retention": lambda: run_retention(services),
            "comebacks": lambda: run_comebacks(services),
            "rehearsals": lambda: sweep_rehearsals(services),
            "figures": lambda: publish(services.db, "worker"),
        }
        for name, loop in loops.items():
            tasks.create_task(kept_up(name, loop))


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


def jobs(services: Services) -> dict[str, JobFunction]:
    """What each job does. Their names and those of their arguments stand in the queue: they are never changed."""

    async def send(workspace_id: str, outbox_id: str) -> None:
        await deliver(services, UUID(workspace_id), UUID(outbox_id))

    async def process(workspace_id: str, batch_id: str) -> None:
        await work_off(services.db, UUID(workspace_id), UUID(batch_id))

    async def gather(workspace_id: str) -> None:
        async with services.db.workspace(UUID(workspace_id)) as connection:
            await gather_late_rows(connection, UUID(workspace_id))

    async def look_for_duplicates(workspace_id: str) -> None:
        await sweep(services.db, UUID(workspace_id))

    async def import_contacts(workspace_id: str, import_id: str) -> None:
        hashed = hasher(services.accounts.vault)
        await work_on_import(services.db, UUID(workspace_id), UUID(import_id), hashed=hashed)

    async def export(workspace_id: str, export_id: str) -> None:
        await export_job(services, UUID(workspace_id), UUID(export_id))

    async def erase(workspace_id: str, erasure_id: str) -> None:
        await erase_job(services, UUID(workspace_id), UUID(erasure_id))

    async def play_cases(workspace_id: str, run_id: str) -> None:
        await work_on_evals(services, UUID(workspace_id), UUID(run_id))

    async def embed(workspace_id: str) -> None:
        if embeddings := configured():
            await fill(services.db, embeddings, UUID(workspace_id))

    async def member_left(workspace_id: str, member_id: str) -> None:
        await let_go(services.db, UUID(workspace_id), UUID(member_id))

    return {
        DELIVER_JOB: send,
        BATCH_JOB: process,
        GATHER_JOB: gather,
        SWEEP_JOB: look_for_duplicates,
        IMPORT_JOB: import_contacts,
        EXPORT_JOB: export,
        ERASE_JOB: erase,
        LEFT_JOB: member_left,
        EMBED_JOB: embed,
        EVALS_JOB: play_cases,
        **story_jobs(services.db, services.models),
        **knowledge_jobs(desk_of(services)),
    }


def desk_of(services: Services) -> Desk:
    return Desk(services.db, services.files, services.settings, Outbound.of(services.settings))


def lane_runner(services: Services) -> LaneRunner:
    async def work(workspace_id: UUID, lane: str, holder: UUID) -> None:
        await run_lane(services, workspace_id, lane, holder)

    return LaneRunner(services.db, work, concurrency=services.settings.worker_concurrency)
