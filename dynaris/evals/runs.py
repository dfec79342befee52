"""A workspace's rehearsals: start one, read what came of it."""

import asyncio
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.evals.cases import unique
from dynaris.evals.results import CaseResult
from dynaris.evals.schemas import NewRun
from dynaris.evals.world import refuse_unknown
from dynaris.workspaces.actions import record

EVALS_JOB = "evals.run.v1"  # handled by `working.work`
MOST_AT_ONCE = 4  # of all workspaces: each keeps one of the workers' places for jobs, perhaps for hours

_SHOWN = """id, status, total, model, moment, error, started_by, created_at, ended_at,
    (SELECT count(*) FROM eval_result r WHERE r.workspace_id = eval_run.workspace_id AND r.run_id = eval_run.id)
        AS played"""


async def start(connection: Connection, workspace_id: UUID, wanted: NewRun, *, by: str) -> UUID:
    """In the caller's transaction. One at a time: raises `Conflict`, and `InvalidInput` for what cannot be played."""
    unique(wanted.cases)
    if wanted.model:
        await refuse_unknown(connection, workspace_id, wanted.model)
    run_id = new_id()
    try:
        await connection.execute(
            """INSERT INTO eval_run (workspace_id, id, asked, total, model, started_by)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            (
                workspace_id,
                run_id,
                Jsonb(wanted.model_dump(mode="json", by_alias=True)),
                len(wanted.cases),
                wanted.model,
                by,
            ),
        )
    except UniqueViolation as error:
        raise Conflict("a rehearsal of this workspace is under way: wait for its end") from error
    await record(
        connection,
        workspace_id,
        actor=by,
        action="evals.started",
        subject=f"evals:{run_id}",
        detail={"cases": len(wanted.cases), "model": wanted.model},
    )
    args = {"workspace_id": str(workspace_id), "run_id": str(run_id)}
    await defer(connection, EVALS_JOB, args, lock=f"evals:{workspace_id.int % MOST_AT_ONCE}")
    return run_id


async def cancel(connection: Connection, workspace_id: UUID, run_id: UUID, *, by: str) -> None:
    """The case under way is played to its end, then the copy goes. Raises `NotFound`, and `Conflict` after the end."""
    cursor = await connection.execute(
        """UPDATE eval_run SET status = 'cancelled', ended_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s AND status IN ('queued', 'running')""",
        (workspace_id, run_id),
    )
    if not cursor.rowcount:
        state = (await shown(connection, workspace_id, run_id))["status"]
        raise Conflict(f"this rehearsal is {state} already")
    await record(connection, workspace_id, actor=by, action="evals.cancelled", subject=f"evals:{run_id}")


async def listed(
    connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first, up to `limit + 1`."""
    cursor = await connection.execute(
        f"""SELECT {_SHOWN} FROM eval_run WHERE workspace_id = %(ws)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
            ORDER BY id DESC LIMIT %(most)s""",
        {"ws": workspace_id, "before": before, "most": limit + 1},
    )
    return await cursor.fetchall()


async def shown(connection: Connection, workspace_id: UUID, run_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_SHOWN} FROM eval_run WHERE workspace_id = %s AND id = %s", (workspace_id, run_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no rehearsal {run_id}")
    return row


async def results_of(connection: Connection, workspace_id: UUID, run_id: UUID) -> list[CaseResult]:
    cursor = await connection.execute(
        "SELECT result FROM eval_result WHERE workspace_id = %s AND run_id = %s ORDER BY case_id",
        (workspace_id, run_id),
    )
    rows = await cursor.fetchall()
    return await asyncio.to_thread(lambda: [CaseResult.model_validate(row["result"]) for row in rows])  # may be many
