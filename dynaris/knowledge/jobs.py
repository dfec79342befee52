"""The background jobs of knowledge: reading documents, visiting sites, forgetting stored files, embedding later."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from dynaris.knowledge.documents.actions import FORGET_JOB, READ_JOB
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.documents.reading import read_queued
from dynaris.knowledge.embeddings.filling import EMBED_LATER_JOB, want
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

    async def embed_later(workspace_id: str) -> None:
        async with desk.db.workspace(UUID(workspace_id)) as connection:
            await want(connection, UUID(workspace_id))

    return {READ_JOB: read, FORGET_JOB: forget, VISIT_JOB: look, EMBED_LATER_JOB: embed_later}
