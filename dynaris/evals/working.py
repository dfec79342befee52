"""A worker plays a workspace's cases. Each result is kept as soon as it is there; a crash costs the case under way."""

from contextlib import aclosing
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.core.errors import InvalidInput
from dynaris.evals.cases import Case
from dynaris.evals.results import CaseResult
from dynaris.evals.run import Rehearsal, new_copies
from dynaris.evals.schemas import NewRun
from dynaris.evals.world import Options, Stage, strike
from dynaris.pipeline.services import Services

log = structlog.get_logger()

MOST_TRIES = 3  # of a run whose worker died


async def work(services: Services, workspace_id: UUID, run_id: UUID) -> None:
    """Begins, or goes on after a crash: what the dead worker left is cleared away, what it has judged stands."""
    row = await _taken(services, workspace_id, run_id)
    for copy_id in row["copies"]:
        await strike(services, workspace_id, copy_id)
    if row["status"] != "running":
        await _end(services, workspace_id, run_id, error=None)
        return
    if row["tries"] > MOST_TRIES:
        await _end(services, workspace_id, run_id, error="its worker died each time")
        return
    try:
        await _play(services, workspace_id, run_id, NewRun.model_validate(row["asked"]))
    except InvalidInput as error:
        await _end(services, workspace_id, run_id, error=str(error))
    else:
        await _end(services, workspace_id, run_id, error=None)


async def _play(services: Services, workspace_id: UUID, run_id: UUID, wanted: NewRun) -> None:
    copies = new_copies(1)
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT case_id FROM eval_result WHERE workspace_id = %s AND run_id = %s", (workspace_id, run_id)
        )
        judged = {row["case_id"] for row in await cursor.fetchall()}
        await connection.execute(
            "UPDATE eval_run SET copies = %s WHERE workspace_id = %s AND id = %s", (copies, workspace_id, run_id)
        )
    left: list[tuple[str, Case]] = [("own", case) for case in wanted.cases if case.id not in judged]
    stages: list[Stage] = []
    options = Options(model=wanted.model, agent_versions=tuple(wanted.agent_versions.items()))
    rehearsal = Rehearsal(services, workspace_id, left, copies, options, stages.append)
    async with aclosing(rehearsal.results()) as results:
        async for result in results:
            if not await _keep(services, workspace_id, run_id, result, stages[0]):
                return


async def _keep(services: Services, workspace_id: UUID, run_id: UUID, result: CaseResult, own: Stage) -> bool:
    """False when somebody has cancelled the run meanwhile."""
    async with services.db.transaction(workspace_id) as connection:
        await connection.execute(
            """INSERT INTO eval_result (workspace_id, run_id, case_id, result) VALUES (%s, %s, %s, %s)
               ON CONFLICT DO NOTHING""",
            (workspace_id, run_id, result.case.id, Jsonb(result.model_dump(mode="json", by_alias=True))),
        )
        cursor = await connection.execute(
            "UPDATE eval_run SET model = %s, moment = %s WHERE workspace_id = %s AND id = %s RETURNING status",
            (own.model, own.known.moment, workspace_id, run_id),
        )
        row = await cursor.fetchone()
    return bool(row and row["status"] == "running")


async def _taken(services: Services, workspace_id: UUID, run_id: UUID) -> dict[str, Any]:
    """The run, begun now or again unless it has ended."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE eval_run SET tries = tries + 1,
                      status = CASE WHEN status = 'queued' THEN 'running' ELSE status END
               WHERE workspace_id = %s AND id = %s RETURNING *""",
            (workspace_id, run_id),
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def _end(services: Services, workspace_id: UUID, run_id: UUID, *, error: str | None) -> None:
    """Once its copies are gone. One that has ended, because somebody cancelled it, stays as it is."""
    log.info("evals.ended", workspace=str(workspace_id), run=str(run_id), error=error)
    async with services.db.workspace(workspace_id) as connection:
        await connection.execute(
            """UPDATE eval_run SET copies = '{}',
                      error = CASE WHEN status = 'running' THEN %(error)s ELSE error END,
                      ended_at = CASE WHEN status = 'running' THEN clock_timestamp() ELSE ended_at END,
                      status = CASE WHEN status = 'running' THEN %(status)s ELSE status END
               WHERE workspace_id = %(ws)s AND id = %(id)s""",
            {"ws": workspace_id, "id": run_id, "error": error, "status": "failed" if error else "done"},
        )
