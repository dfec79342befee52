"""The work of a batch.

Each event is brought back in a transaction of its own, together with its row of the batch, so a crash leaves nothing
half done and whoever takes over goes on with the next one. What a reply needs in order to leave once is the
pipeline's own (pipeline/requeue.py): a batch only does what a person does to a single event.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, DynarisError, NotFound
from dynaris.core.jobs import lost_database
from dynaris.pipeline.batches.queries import Result
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.errands import is_kept_for_a_person
from dynaris.pipeline.requeue import replay, run_event, stored_event

log = structlog.get_logger()

_BESIDE_ANOTHER = 0.5  # seconds between looks at what another worker has in hand


async def work_off(
    db: Database, workspace_id: UUID, batch_id: UUID, *, told: Callable[[], object] | None = None
) -> None:
    """Until nothing is left or the batch is cancelled. Two of these beside each other do each event once."""
    while True:
        last: UUID | None = None
        while (last := await _step(db, workspace_id, batch_id, after=last)) is not None:
            if told:
                told()
        if await _ended(db, workspace_id, batch_id):
            return
        await asyncio.sleep(_BESIDE_ANOTHER)


async def _ended(db: Database, workspace_id: UUID, batch_id: UUID) -> bool:
    """False while somebody else is at the last events: should they die, these are ours."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE batch SET status = 'done', ended_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'running' AND NOT EXISTS (
                   SELECT FROM batch_event WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result IS NULL)""",
            {"ws": workspace_id, "id": batch_id},
        )
        if cursor.rowcount:
            return True
        cursor = await connection.execute(
            "SELECT FROM batch WHERE workspace_id = %s AND id = %s AND status = 'running'", (workspace_id, batch_id)
        )
        return await cursor.fetchone() is None


async def _step(db: Database, workspace_id: UUID, batch_id: UUID, *, after: UUID | None) -> UUID | None:
    """One event, or `None` when there is none after that one. A cancellation waits for the step under way."""
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT b.id, b.started_by, b.replay_all, b.created_at, b.asked ? 'filter' AS is_filtered, w.auto_mode
               FROM batch b, workspace w WHERE b.workspace_id = %(ws)s AND b.id = %(id)s AND b.status = 'running'
                 AND w.id = %(ws)s FOR SHARE OF b""",
            {"ws": workspace_id, "id": batch_id},
        )
        batch = await cursor.fetchone()
        if batch is None:
            return None
        cursor = await connection.execute(
            """SELECT event_id FROM batch_event WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result IS NULL
                 AND (%(after)s::uuid IS NULL OR event_id > %(after)s)
               ORDER BY event_id LIMIT 1 FOR UPDATE SKIP LOCKED""",
            {"ws": workspace_id, "id": batch_id, "after": after},
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        result, reason = await _brought_back(connection, workspace_id, batch, row["event_id"])
        await connection.execute(
            """UPDATE batch_event SET result = %s, reason = %s, done_at = clock_timestamp()
               WHERE workspace_id = %s AND batch_id = %s AND event_id = %s""",
            (result, reason, workspace_id, batch_id, row["event_id"]),
        )
    return row["event_id"]


async def _brought_back(
    connection: Connection, workspace_id: UUID, batch: dict[str, Any], event_id: UUID
) -> tuple[Result, str | None]:
    """Only a lost database is raised: whatever else stops an event would stop it again, and the batch with it."""
    try:
        event = await stored_event(connection, workspace_id, event_id)
    except NotFound:
        return "not_found", "this workspace has no such event"
    try:
        async with connection.transaction():
            await _refuse_second(connection, workspace_id, event_id, batch["id"], batch["created_at"])
            return await _run_or_replay(connection, workspace_id, batch, event)
    except DynarisError as why:
        return "skipped", why.detail
    except Exception as error:
        if lost_database(error):
            raise
        log.exception("batch.event_failed", batch_id=str(batch["id"]), event_id=str(event_id))
        return "skipped", f"it could not be brought back: {type(error).__name__}"


async def _run_or_replay(
    connection: Connection, workspace_id: UUID, batch: dict[str, Any], event: dict[str, Any]
) -> tuple[Result, str | None]:
    by, detail = batch["started_by"], {"batch": str(batch["id"])}
    if batch["is_filtered"] and await is_kept_for_a_person(connection, workspace_id, event["id"]):
        raise Conflict("kept for a call: see its task")  # who wants an agent there after all names the event
    if event["status"] == "waiting" and not batch["replay_all"]:
        # Where the agents answer by themselves they do it here; in Manual mode everything becomes an approval.
        automatic = is_automatic(batch["auto_mode"], event["channel"])
        await run_event(connection, workspace_id, event_id=event["id"], by=by, automatic=automatic, detail=detail)
        return "run", None
    if event["status"] == "done" and event["outcome"] != "failed" and not batch["replay_all"]:
        raise Conflict(f"it was {event['outcome'].replace('_', ' ')}: only waiting and failed events are processed")
    stands = await replay(connection, workspace_id, event_id=event["id"], by=by, detail=detail)
    return "replayed", "an earlier reply stands: none will be sent" if stands else None


async def _refuse_second(
    connection: Connection, workspace_id: UUID, event_id: UUID, batch_id: UUID, begun: datetime
) -> None:
    """Two batches over the same events do each once: what another one did after this one began stays as it is."""
    cursor = await connection.execute(
        """SELECT batch_id FROM batch_event WHERE workspace_id = %s AND event_id = %s AND batch_id <> %s
           AND result IN ('run', 'replayed') AND done_at >= %s LIMIT 1""",
        (workspace_id, event_id, batch_id, begun),
    )
    if row := await cursor.fetchone():
        raise Conflict(f"batch {row['batch_id']} brought it back meanwhile")
