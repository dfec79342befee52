"""Reads of the ledger."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_COLUMNS = """id, channel, account_id, external_id, kind, status, waiting_for, deadline, owner_id, outcome, reason,
    contact_id, conversation_id, message_id, run_id, match, decision, attempts, occurred_at, created_at, settled_at"""


async def events(
    connection: Connection,
    workspace_id: UUID,
    *,
    status: str | None,
    contact_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first; one more than `limit` when there are more."""
    cursor = await connection.execute(
        f"""SELECT {_COLUMNS} FROM event WHERE workspace_id = %(ws)s
            AND (%(status)s::text IS NULL OR status = %(status)s OR outcome = %(status)s)
            AND (%(contact)s::uuid IS NULL OR contact_id = %(contact)s)
            AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "status": status, "contact": contact_id, "before": before, "limit": limit + 1},
    )
    return await cursor.fetchall()


async def event(connection: Connection, workspace_id: UUID, event_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM event WHERE workspace_id = %s AND id = %s", (workspace_id, event_id)
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no event {event_id}")


async def waiting_for_run(connection: Connection, workspace_id: UUID) -> dict[str, int]:
    """How many events, by channel."""
    cursor = await connection.execute(
        """SELECT channel, count(*) AS n FROM event
           WHERE workspace_id = %s AND status = 'waiting' AND waiting_for = 'run' GROUP BY channel""",
        (workspace_id,),
    )
    return {row["channel"]: row["n"] for row in await cursor.fetchall()}
