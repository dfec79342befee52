"""The background jobs of knowledge: reading documents, visiting sites, forgetting stored files."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from dynaris.knowledge.documents.actions import FORGET_JOB, READ_JOB
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.documents.reading import read_queued
from dynaris.knowledge.web.visit import VISIT_JOB, visit


def knowledge_jobs(desk: Desk) -> dict[str, Callable[..., Awaitable[None]]]:
    """Their names and those of their arguments stand in the queue: they are never changed."""

    async def read(workspace_id: str) -> None:
        await read_queued(desk, UUID(workspace_id))

    async def forget(workspace_id: str, folder: str) -> None:
        if folder.startswith(f"{UUID(workspace_id)}/knowledge/"):
            await desk.files.delete_folder(folder)

    async def look(workspace_id: str, source_id: str, number: int, failures: int = 0) -> None:
        await visit(desk, UUID(workspace_id), UUID(source_id), number, failures)

    return {READ_JOB: read, FORGET_JOB: forget, VISIT_JOB: look}
