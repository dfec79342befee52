"""HTTP of runs: what an agent was told, said and did."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.agents import queries
from dynaris.agents.schemas import Run, RunStatus, RunSummary
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=PROBLEMS)


@router.get("", summary="Runs, newest first")
async def list_runs(
    access: CurrentAccess,
    db: Db,
    *,
    cursor: Cursor,
    agent: Annotated[str | None, Query(max_length=40)] = None,
    status: RunStatus | None = None,
    limit: Limit = 50,
) -> Page[RunSummary]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.listed(
            connection, access.workspace_id, agent=agent, status=status, before=cursor, limit=limit
        )
    return page_of([RunSummary(**row) for row in rows], limit, lambda run: run.id)


@router.get("/{run_id}", summary="One run: every model response and tool call with arguments, result and duration")
async def get_run(access: CurrentAccess, db: Db, run_id: UUID) -> Run:
    async with db.workspace(access.workspace_id) as connection:
        return Run.model_validate(await queries.get_run(connection, access.workspace_id, run_id))
