"""A worker plays a workspace's cases. Each result is kept as soon as it is there; a crash costs the case under way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, LiteralString
from uuid import UUID

import structlog
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from dynaris.core.db import app_conninfo
from dynaris.core.errors import InvalidInput
from dynaris.evals.cases import Case
from dynaris.evals.results import CaseResult
from dynaris.evals.run import Rehearsal, new_copies
from dynaris.evals.schemas import NewRun
from dynaris.evals.world import Options, Stage, strike
from dynaris.pipeline.services import Services

log = structlog.get_logger()

MOST_TRIES = 3  # of a run whose worker died
_LOOK_AGAIN_SECONDS = 1.0
_NOTICES_A_DEAD_MACHINE: LiteralString = """SELECT set_config('tcp_keepalives_idle', '10', false),
    set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)"""
# Who began it again has counted one try more: then it is theirs, whatever became of the lock.
_OURS: LiteralString = "workspace_id = %(ws)s AND id = %(id)s AND tries = %(tries)s"


async def work(services: Services, workspace_id: UUID, run_id: UUID) -> None:
    """Begins, or goes on after a crash: what the dead worker left is cleared away, what it has judged stands."""
    async with _alone(services, run_id):
        row = await _taken(services, workspace_id, run_id)
        for copy_id in row["copies"]:
            await strike(services, workspace_id, copy_id)
        error = None
        if row["status"] == "running":
            error = await _outcome(services, row)
        await _end(services, row, error=error)


@asynccontextmanager
async def _alone(services: Services, run_id: UUID) -> AsyncIterator[None]:
    """A job may be taken from a worker that is slow but lives. The lock is its connection's, and ends with it: so
    who waits here begins when the other is through, or dead.
    """
    conninfo = app_conninfo(services.db.url, "dynaris-evals-run")
    async with await AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await connection.execute(_NOTICES_A_DEAD_MACHINE)
        while True:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (str(run_id),))
            if await cursor.fetchone() == (True,):
                break
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        yield


async def _outcome(services: Services, row: dict[str, Any]) -> str | None:
    """Why it failed, if it did."""
    if row["tries"] > MOST_TRIES:
        return "its worker died each time"
    try:
        await _play(services, row, NewRun.model_validate(row["asked"]))
    except InvalidInput as error:
        return str(error)
    return None


async def _play(services: Services, row: dict[str, Any], wanted: NewRun) -> None:
    workspace_id, run_id = row["workspace_id"], row["id"]
    copies = new_copies(1)
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT case_id FROM eval_result WHERE workspace_id = %s AND run_id = %s", (workspace_id, run_id)
        )
        judged = {row["case_id"] for row in await cursor.fetchall()}
        cursor = await connection.execute(
            f"UPDATE eval_run SET copies = copies || %(copies)s::uuid[] WHERE {_OURS}",
            {**_named(row), "copies": copies},
        )
        if not cursor.rowcount:
            return
    left: list[tuple[str, Case]] = [("own", case) for case in wanted.cases if case.id not in judged]
    stages: list[Stage] = []
    options = Options(model=wanted.model, agent_versions=tuple(wanted.agent_versions.items()))
    rehearsal = Rehearsal(services, workspace_id, left, copies, options, stages.append)
    async with aclosing(rehearsal.results()) as results:
        async for result in results:
            if not await _keep(services, row, result, stages[0]):
                return


async def _keep(services: Services, row: dict[str, Any], result: CaseResult, own: Stage) -> bool:
    """False when somebody has cancelled the run meanwhile, or another worker has it."""
    async with services.db.transaction(row["workspace_id"]) as connection:
        cursor = await connection.execute(
            f"UPDATE eval_run SET model = %(model)s, moment = %(moment)s WHERE {_OURS} RETURNING status",
            {**_named(row), "model": own.model, "moment": own.known.moment},
        )
        ours = await cursor.fetchone()
        if ours is None:
            return False
        await connection.execute(
            """INSERT INTO eval_result (workspace_id, run_id, case_id, result) VALUES (%s, %s, %s, %s)
               ON CONFLICT DO NOTHING""",
            (row["workspace_id"], row["id"], result.case.id, Jsonb(result.model_dump(mode="json", by_alias=True))),
        )
    return ours["status"] == "running"


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


async def _end(services: Services, row: dict[str, Any], *, error: str | None) -> None:
    """Once its copies are gone. One that has ended, because somebody cancelled it, stays as it is."""
    log.info("evals.ended", workspace=str(row["workspace_id"]), run=str(row["id"]), error=error)
    async with services.db.workspace(row["workspace_id"]) as connection:
        await connection.execute(
            f"""UPDATE eval_run SET copies = '{{}}',
                      error = CASE WHEN status = 'running' THEN %(error)s ELSE error END,
                      ended_at = CASE WHEN status = 'running' THEN clock_timestamp() ELSE ended_at END,
                      status = CASE WHEN status = 'running' THEN %(status)s ELSE status END
               WHERE {_OURS}""",
            {**_named(row), "error": error, "status": "failed" if error else "done"},
        )


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {"ws": row["workspace_id"], "id": row["id"], "tries": row["tries"]}
