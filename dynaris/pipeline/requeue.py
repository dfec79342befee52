"""Bringing an event back to its lane: a teammate's "run", a verdict, a replay."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.approvals import actions as approvals
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.pipeline.lanes import wake_from

_REQUEUE = f"""
WITH back AS (
    UPDATE event SET status = 'queued', outcome = NULL, settled_at = NULL, waiting_for = NULL, attempts = 0,
           run_id = CASE WHEN %(new_run)s THEN NULL ELSE run_id END,
           meta = meta || %(meta)s
    WHERE workspace_id = %(ws)s AND id = %(id)s AND status = ANY(%(from_status)s)
    RETURNING lane),
{wake_from("back")}
SELECT (SELECT lane FROM back) AS lane, (SELECT count(*) FROM told) AS told"""


async def requeue(
    connection: Connection,
    workspace_id: UUID,
    *,
    event_id: UUID,
    from_status: tuple[str, ...],
    meta: dict[str, Any],
    new_run: bool = False,
) -> bool:
    """False when the event was in none of these states (any more)."""
    cursor = await connection.execute(
        _REQUEUE,
        {
            "ws": workspace_id,
            "id": event_id,
            "from_status": list(from_status),
            "new_run": new_run,
            "meta": Jsonb({"resume": True, **meta}),
            "quiet": 0.0,
        },
    )
    row = await cursor.fetchone()
    return bool(row and row["lane"])


async def _event(connection: Connection, workspace_id: UUID, event_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT id, status, waiting_for, outcome, run_id, kind, message_id, meta FROM event
           WHERE workspace_id = %s AND id = %s""",
        (workspace_id, event_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no event {event_id}")


async def run_event(connection: Connection, workspace_id: UUID, *, event_id: UUID, by: str) -> None:
    """A teammate starts the agent on an event that waits: everything but reading becomes an approval."""
    event = await _event(connection, workspace_id, event_id)
    if event["status"] != "waiting" or event["waiting_for"] not in ("run", "person"):
        state = event["outcome"] or event["waiting_for"] or event["status"]
        raise Conflict(f"only an event that waits for a run or a person can be run; this one: {state}")
    await requeue(
        connection,
        workspace_id,
        event_id=event_id,
        from_status=("waiting",),
        meta={"run_by": by},
        new_run=True,
    )


async def release_waiting(connection: Connection, workspace_id: UUID) -> int:
    """Auto mode was switched on with the queue: what waited for a run is answered now. How many."""
    cursor = await connection.execute(
        """SELECT id FROM event WHERE workspace_id = %s AND status = 'waiting' AND waiting_for = 'run'
           ORDER BY id""",
        (workspace_id,),
    )
    released = 0
    for event in await cursor.fetchall():
        released += await requeue(
            connection,
            workspace_id,
            event_id=event["id"],
            from_status=("waiting",),
            meta={},
            new_run=True,
        )
    return released


async def replay(connection: Connection, workspace_id: UUID, *, event_id: UUID) -> bool:
    """Runs an event again, from its stored arrival. True when an earlier reply stands and none will be sent."""
    event = await _event(connection, workspace_id, event_id)
    if event["status"] == "queued":
        raise Conflict("this event is queued already")
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM outbox WHERE workspace_id = %(ws)s AND (event_id = %(event)s OR run_id = %(run)s)
                          AND audience = 'contact' AND status IN ('queued', 'sending', 'sent', 'unknown')) AS sent""",
        {"ws": workspace_id, "event": event_id, "run": event["run_id"]},
    )
    row = await cursor.fetchone()
    # Once sent is sent for good, also where the last run was a replay that sent nothing.
    sent = bool(row and row["sent"]) or event["outcome"] == "answered" or bool(event["meta"].get("already_sent"))
    if event["run_id"]:
        await approvals.cancel_for_run(
            connection, workspace_id, run_id=event["run_id"], reason="the event was replayed"
        )
    await requeue(
        connection,
        workspace_id,
        event_id=event_id,
        from_status=("done", "waiting"),
        meta={"already_sent": sent, "outcome_before": event["outcome"]},
        new_run=True,
    )
    return sent
