"""Turns of the agent that are planned for later: by the agent itself, or by our people."""

from datetime import datetime
from uuid import UUID

from dynaris.conversations.queries import require_conversation
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record


async def set_follow_up(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    contact_id: UUID,
    run_id: UUID | None,
    kind: str,
    reason: str,
    due_at: datetime,
) -> UUID:
    """A row that wakes as a new turn at `due_at`; one waits per conversation, a new one replaces it.

    Set again by the same run (after a crash), it stays the one row.
    """
    cursor = await connection.execute(
        """WITH replaced AS (
               UPDATE follow_up SET status = 'ended', ended_because = 'replaced by a newer one'
               WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND status = 'waiting'
                 AND run_id IS DISTINCT FROM %(run)s
               RETURNING id),
           before AS (SELECT id FROM follow_up WHERE workspace_id = %(ws)s AND run_id = %(run)s),
           made AS (
               INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, run_id, kind, reason, due_at)
               SELECT %(ws)s, %(id)s, %(contact)s, %(conversation)s, %(run)s, %(kind)s, %(reason)s, %(due)s
               WHERE NOT EXISTS (SELECT FROM before) RETURNING id)
           SELECT id FROM made UNION ALL SELECT id FROM before LIMIT 1""",
        {
            "ws": workspace_id,
            "id": new_id(),
            "contact": contact_id,
            "conversation": conversation_id,
            "run": run_id,
            "kind": kind,
            "reason": reason,
            "due": due_at,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]


async def plan(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, reason: str, due_at: datetime, by: str
) -> UUID:
    """A person's; it replaces what waits in the conversation. Raises `NotFound`, `InvalidInput` for the past."""
    contact_id = await require_conversation(connection, workspace_id, conversation_id)
    _refuse_past(due_at)
    await connection.execute(
        """UPDATE follow_up SET status = 'ended', ended_because = 'replaced by a newer one'
           WHERE workspace_id = %s AND conversation_id = %s AND status = 'waiting'""",
        (workspace_id, conversation_id),
    )
    follow_up_id = new_id()
    await connection.execute(
        """INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, kind, reason, due_at)
           VALUES (%s, %s, %s, %s, 'follow_up', %s, %s)""",
        (workspace_id, follow_up_id, contact_id, conversation_id, reason, due_at),
    )
    await _record(connection, workspace_id, follow_up_id, what="planned", by=by)
    return follow_up_id


async def move(connection: Connection, workspace_id: UUID, *, follow_up_id: UUID, due_at: datetime, by: str) -> None:
    """Raises `NotFound`, `InvalidInput` for the past, and `Conflict` where it does not wait any more."""
    cursor = await connection.execute(
        "UPDATE follow_up SET due_at = %s WHERE workspace_id = %s AND id = %s AND status = 'waiting'",
        (due_at, workspace_id, follow_up_id),
    )
    if not cursor.rowcount:
        await _refuse_woken(connection, workspace_id, follow_up_id)
        raise Conflict(f"follow-up {follow_up_id} has ended")
    _refuse_past(due_at)  # its row is there: the transaction takes the change back
    await _record(connection, workspace_id, follow_up_id, what="moved", by=by)


async def end(connection: Connection, workspace_id: UUID, *, follow_up_id: UUID, by: str) -> None:
    """Raises `NotFound`, and `Conflict` where it has woken an agent already."""
    cursor = await connection.execute(
        """UPDATE follow_up SET status = 'ended', ended_because = %(because)s
           WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'waiting'""",
        {"ws": workspace_id, "id": follow_up_id, "because": f"ended by {by}"},
    )
    if cursor.rowcount:
        await _record(connection, workspace_id, follow_up_id, what="ended", by=by)
        return
    await _refuse_woken(connection, workspace_id, follow_up_id)


def _refuse_past(due_at: datetime) -> None:
    if due_at <= clock.now():
        raise InvalidInput(f"expected a time to come, got {due_at.isoformat()}")


async def _refuse_woken(connection: Connection, workspace_id: UUID, follow_up_id: UUID) -> None:
    cursor = await connection.execute(
        "SELECT status FROM follow_up WHERE workspace_id = %s AND id = %s", (workspace_id, follow_up_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no follow-up {follow_up_id}")
    if row["status"] == "woken":
        raise Conflict(f"follow-up {follow_up_id} has woken the agent already")


async def _record(connection: Connection, workspace_id: UUID, follow_up_id: UUID, *, what: str, by: str) -> None:
    await record(connection, workspace_id, actor=by, action=f"follow_up.{what}", subject=f"follow_up:{follow_up_id}")
