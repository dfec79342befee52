"""Reads of batches and of what became of their events."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

Result = Literal["run", "replayed", "skipped", "not_found"]

_COLUMNS = "id, status, total, asked, started_by, created_at, ended_at"


async def get(connection: Connection, workspace_id: UUID, batch_id: UUID) -> dict[str, Any]:
    """With how many events had each result."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM batch WHERE workspace_id = %s AND id = %s", (workspace_id, batch_id)
    )
    batch = await cursor.fetchone()
    if batch is None:
        raise NotFound(f"no batch {batch_id}")
    cursor = await connection.execute(
        """SELECT result, count(*) AS n FROM batch_event WHERE workspace_id = %s AND batch_id = %s
           AND result IS NOT NULL GROUP BY result""",
        (workspace_id, batch_id),
    )
    by_result = {row["result"]: row["n"] for row in await cursor.fetchall()}
    return {**batch, "done": sum(by_result.values()), "by_result": by_result}


async def events_of(
    connection: Connection,
    workspace_id: UUID,
    batch_id: UUID,
    *,
    results: Sequence[str],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit + 1`."""
    cursor = await connection.execute(
        """SELECT event_id, result, reason, done_at FROM batch_event
           WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result = ANY(%(results)s)
             AND (%(after)s::uuid IS NULL OR event_id > %(after)s) ORDER BY event_id LIMIT %(limit)s""",
        {"ws": workspace_id, "id": batch_id, "results": list(results), "after": after, "limit": limit + 1},
    )
    return await cursor.fetchall()


async def listed(
    connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit + 1`, newest first."""
    cursor = await connection.execute(
        f"""SELECT {_COLUMNS} FROM batch WHERE workspace_id = %(ws)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
            ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "before": before, "limit": limit + 1},
    )
    return await cursor.fetchall()
