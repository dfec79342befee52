"""What each job does. Their names and those of their arguments stand in the queue: they are never changed."""

from uuid import UUID

from dynaris.agents.story_telling import story_jobs
from dynaris.connections.actions import TEMPLATES_JOB
from dynaris.contacts.duplicates.sweep import SWEEP_JOB, sweep
from dynaris.contacts.imports.running import IMPORT_JOB
from dynaris.contacts.imports.running import work as work_on_import
from dynaris.contacts.merge import GATHER_JOB, gather_late_rows
from dynaris.contacts.suppression import hasher
from dynaris.core.jobs import JobFunction
from dynaris.core.outbound import Outbound
from dynaris.evals.runs import EVALS_JOB
from dynaris.evals.working import work as work_on_evals
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.embeddings.client import configured
from dynaris.knowledge.embeddings.filling import EMBED_JOB, fill
from dynaris.knowledge.jobs import knowledge_jobs
from dynaris.outbox.actions import DELIVER_JOB
from dynaris.people.members import LEFT_JOB
from dynaris.pipeline.batches.starting import BATCH_JOB
from dynaris.pipeline.batches.working import work_off
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.person import let_go
from dynaris.pipeline.reports import REPORT_JOB, report
from dynaris.pipeline.services import Services
from dynaris.privacy.erasure import erase_job
from dynaris.privacy.export import EXPORT_JOB, export_job
from dynaris.privacy.fence import ERASE_JOB
from dynaris.templates.syncing import sync_job


def jobs(services: Services) -> dict[str, JobFunction]:
    return {
        **_of_the_flow(services),
        **_of_contacts(services),
        **_of_privacy(services),
        **_of_agents(services),
        **story_jobs(services.db, services.models),
        **knowledge_jobs(desk_of(services)),
    }


def desk_of(services: Services) -> Desk:
    return Desk(services.db, services.files, services.settings, Outbound.of(services.settings))


def _of_the_flow(services: Services) -> dict[str, JobFunction]:
    async def send(workspace_id: str, outbox_id: str) -> None:
        await deliver(services, UUID(workspace_id), UUID(outbox_id))

    async def process(workspace_id: str, batch_id: str) -> None:
        await work_off(services.db, UUID(workspace_id), UUID(batch_id))

    async def member_left(workspace_id: str, member_id: str) -> None:
        await let_go(services.db, UUID(workspace_id), UUID(member_id))

    async def tell_how_it_ended(workspace_id: str, event_id: str) -> None:
        await report(services, UUID(workspace_id), UUID(event_id))

    async def sync_templates(workspace_id: str, account_id: str) -> None:
        await sync_job(services.db, services.accounts, UUID(workspace_id), UUID(account_id))

    return {
        DELIVER_JOB: send,
        BATCH_JOB: process,
        LEFT_JOB: member_left,
        TEMPLATES_JOB: sync_templates,
        REPORT_JOB: tell_how_it_ended,
    }


def _of_contacts(services: Services) -> dict[str, JobFunction]:
    async def gather(workspace_id: str) -> None:
        async with services.db.workspace(UUID(workspace_id)) as connection:
            await gather_late_rows(connection, UUID(workspace_id))

    async def look_for_duplicates(workspace_id: str) -> None:
        await sweep(services.db, UUID(workspace_id))

    async def import_contacts(workspace_id: str, import_id: str) -> None:
        hashed = hasher(services.accounts.vault)
        await work_on_import(services.db, UUID(workspace_id), UUID(import_id), hashed=hashed)

    return {GATHER_JOB: gather, SWEEP_JOB: look_for_duplicates, IMPORT_JOB: import_contacts}


def _of_privacy(services: Services) -> dict[str, JobFunction]:
    async def export(workspace_id: str, export_id: str) -> None:
        await export_job(services, UUID(workspace_id), UUID(export_id))

    async def erase(workspace_id: str, erasure_id: str) -> None:
        await erase_job(services, UUID(workspace_id), UUID(erasure_id))

    return {EXPORT_JOB: export, ERASE_JOB: erase}


def _of_agents(services: Services) -> dict[str, JobFunction]:
    async def play_cases(workspace_id: str, run_id: str) -> None:
        await work_on_evals(services, UUID(workspace_id), UUID(run_id))

    async def embed(workspace_id: str) -> None:
        if embeddings := configured():
            await fill(services.db, embeddings, UUID(workspace_id))

    return {EVALS_JOB: play_cases, EMBED_JOB: embed}
