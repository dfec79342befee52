"""How much a workspace may keep as knowledge, and what belongs to reading it."""

from dataclasses import dataclass, field
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.errors import TooLarge
from dynaris.core.files import Files
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

VERSIONS_KEPT = 5
MOST_PIECES = 10_000  # passages of one document
_READ_AT_ONCE = 2  # documents in one worker: each has a process of its own


@dataclass(slots=True)
class Desk:
    """What the jobs of this package work with; one in each worker."""

    db: Database
    files: Files
    settings: Settings
    outbound: Outbound
    free: int = field(default=_READ_AT_ONCE)


async def check_room(connection: Connection, workspace_id: UUID, settings: Settings, *, more: int = 1) -> None:
    """Raises `TooLarge` where the workspace would have too many documents."""
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM knowledge_document WHERE workspace_id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    known = row["n"] if row else 0
    if known + more > settings.knowledge_documents:
        raise TooLarge(
            f"a workspace may have {settings.knowledge_documents} documents; there are {known}, and this would be "
            f"{more} more. Remove what is not needed"
        )


async def passages_left(connection: Connection, workspace_id: UUID, document_id: UUID, settings: Settings) -> int:
    """How many passages this document may have."""
    cursor = await connection.execute(
        "SELECT coalesce(sum(passages), 0)::int AS n FROM knowledge_document WHERE workspace_id = %s AND id <> %s",
        (workspace_id, document_id),
    )
    row = await cursor.fetchone()
    return max(0, settings.knowledge_passages - (row["n"] if row else 0))
