"""Starting and cancelling a batch."""

from uuid import UUID

from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.pipeline.batches.choosing import MOST_EVENTS, BatchRequest, chosen, named
from dynaris.pipeline.batches.queries import get
from dynaris.workspaces.actions import record

BATCH_JOB = "process.batch.v1"  # handled by `working.work_off`


async def start(
    connection: Connection, workspace_id: UUID, wanted: BatchRequest, *, by: str, replay_all: bool = False
) -> tuple[UUID, int]:
    """The batch and how many events it has; the worker begins once this transaction is committed.

    `replay_all`: also what has another outcome than `failed`, as `dynaris replay ID` does.
    """
    batch_id = new_id()
    asked = (
        {"filter": wanted.filter.model_dump(mode="json", exclude_none=True)}
        if wanted.filter
        else {"event_ids": len(wanted.event_ids or ())}
    )
    await connection.execute(
        """INSERT INTO batch (workspace_id, id, started_by, asked, replay_all, total)
           VALUES (%s, %s, %s, %s, %s, 0)""",
        (workspace_id, batch_id, by, Jsonb(asked), replay_all),
    )
    total = await _take_down(connection, workspace_id, batch_id, wanted)
    if total > MOST_EVENTS:
        raise InvalidInput(f"the filter fits more than {MOST_EVENTS} events: narrow it, by `since` and `until` for one")
    await connection.execute(
        "UPDATE batch SET total = %s WHERE workspace_id = %s AND id = %s", (total, workspace_id, batch_id)
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="batch.started",
        subject=f"batch:{batch_id}",
        detail={"total": total, **asked},
    )
    await defer(
        connection,
        BATCH_JOB,
        {"workspace_id": str(workspace_id), "batch_id": str(batch_id)},
        lock=f"batch:{batch_id}",
    )
    return batch_id, total


async def _take_down(connection: Connection, workspace_id: UUID, batch_id: UUID, wanted: BatchRequest) -> int:
    into = SQL("INSERT INTO batch_event (workspace_id, batch_id, event_id) ")
    if wanted.filter:
        found = SQL("SELECT %(ws)s, %(batch)s, id FROM ({}) AS found LIMIT %(most)s").format(chosen(wanted.filter))
        parameters = {**named(workspace_id, wanted.filter), "batch": batch_id}
    else:
        found = SQL("SELECT DISTINCT %(ws)s::uuid, %(batch)s::uuid, id FROM unnest(%(ids)s::uuid[]) AS id")
        parameters = {"ws": workspace_id, "batch": batch_id, "ids": wanted.event_ids}
    cursor = await connection.execute(into + found, parameters)
    return cursor.rowcount


async def cancel(connection: Connection, workspace_id: UUID, batch_id: UUID, *, by: str) -> None:
    """What was brought back goes on; the rest stays as it is. Raises `NotFound`, and `Conflict` once it has ended."""
    cursor = await connection.execute(
        """UPDATE batch SET status = 'cancelled', ended_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s AND status = 'running'""",
        (workspace_id, batch_id),
    )
    if not cursor.rowcount:
        state = (await get(connection, workspace_id, batch_id))["status"]
        raise Conflict(f"this batch is {state} already")
    await record(connection, workspace_id, actor=by, action="batch.cancelled", subject=f"batch:{batch_id}")
