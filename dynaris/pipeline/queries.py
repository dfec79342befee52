"""Reads of the ledger."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_COLUMNS = """id, channel, account_id, external_id, kind, status, waiting_for, deadline, owner_id, outcome, reason,
    contact_id, conversation_id, message_id, run_id, match, decision, attempts, occurred_at, created_at, settled_at"""


# Only the conditions that were asked for stand in a statement, statuses as they are written: a prepared one that fits
# every case fits no index.
_IN_STATE: dict[str, LiteralString] = {
    "queued": "status = 'queued'",
    "waiting": "status = 'waiting'",
    "live": "status = 'live'",
    "done": "status = 'done'",
}


async def events(
    connection: Connection,
    workspace_id: UUID,
    *,
    status: str | None,
    contact_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first; one more than `limit` when there are more. `status` may be an outcome."""
    conditions: list[LiteralString] = ["workspace_id = %(ws)s"]
    if status:
        conditions.append(_IN_STATE.get(status, "outcome = %(status)s"))
    if contact_id:
        conditions.append("contact_id = %(contact)s")
    if before:
        conditions.append("id < %(before)s")
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM event WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %(limit)s",
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
