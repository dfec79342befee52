"""A worker plays a workspace's cases. Each result is kept as soon as it is there; a crash costs the case under way."""

from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.core.errors import InvalidInput
from dynaris.evals.cases import Case
from dynaris.evals.run import Rehearsal, new_copies
from dynaris.evals.schemas import NewRun
from dynaris.evals.world import Options, Stage, strike
from dynaris.pipeline.services import Services

log = structlog.get_logger()

MOST_TRIES = 3  # of a run whose worker died


async def work(services: Services, workspace_id: UUID, run_id: UUID) -> None:
    """Begins, or goes on after a crash: what the dead worker left is cleared away, what it has judged stands."""
    row = await _taken(services, workspace_id, run_id)
    if row is None:
        return
    for copy_id in row["copies"]:
        await strike(services, workspace_id, copy_id)
    if row["tries"] > MOST_TRIES:
        await _end(services, workspace_id, run_id, status="failed", error="its worker died each time")
        return
    wanted = NewRun.model_validate(row["asked"])
    copies = new_copies(1)
    await _write(
        services, workspace_id, "UPDATE eval_run SET copies = %s WHERE workspace_id = %s AND id = %s", copies, run_id
    )
    try:
        await _play(services, workspace_id, run_id, wanted, copies)
    except InvalidInput as error:
        await _end(services, workspace_id, run_id, status="failed", error=str(error))
    else:
        await _end(services, workspace_id, run_id, status="done", error=None)


async def _play(services: Services, workspace_id: UUID, run_id: UUID, wanted: NewRun, copies: list[UUID]) -> None:
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT case_id FROM eval_result WHERE workspace_id = %s AND run_id = %s", (workspace_id, run_id)
        )
        judged = {row["case_id"] for row in await cursor.fetchall()}
    left: list[tuple[str, Case]] = [("own", case) for case in wanted.cases if case.id not in judged]
    stages: list[Stage] = []
    options = Options(model=wanted.model, agent_versions=tuple(wanted.agent_versions.items()))
    async for result in Rehearsal(services, workspace_id, left, copies, options, stages.append).results():
        async with services.db.workspace(workspace_id) as connection:
            await connection.execute(
                """INSERT INTO eval_result (workspace_id, run_id, case_id, result) VALUES (%s, %s, %s, %s)
                   ON CONFLICT DO NOTHING""",
                (workspace_id, run_id, result.case.id, Jsonb(result.model_dump(mode="json", by_alias=True))),
            )
            await connection.execute(
                "UPDATE eval_run SET model = %s, moment = %s WHERE workspace_id = %s AND id = %s",
                (stages[0].model, stages[0].known.moment, workspace_id, run_id),
            )


async def _taken(services: Services, workspace_id: UUID, run_id: UUID) -> dict[str, Any] | None:
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE eval_run SET status = 'running', tries = tries + 1
               WHERE workspace_id = %s AND id = %s AND status IN ('queued', 'running') RETURNING *""",
            (workspace_id, run_id),
        )
        return await cursor.fetchone()


async def _write(services: Services, workspace_id: UUID, statement: Any, value: Any, run_id: UUID) -> None:
    async with services.db.workspace(workspace_id) as connection:
        await connection.execute(statement, (value, workspace_id, run_id))


async def _end(services: Services, workspace_id: UUID, run_id: UUID, *, status: str, error: str | None) -> None:
    log.info("evals.ended", workspace=str(workspace_id), run=str(run_id), status=status)
    async with services.db.workspace(workspace_id) as connection:
        await connection.execute(
            """UPDATE eval_run SET status = %s, error = %s, ended_at = clock_timestamp(), copies = '{}'
               WHERE workspace_id = %s AND id = %s""",
            (status, error, workspace_id, run_id),
        )
