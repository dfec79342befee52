"""HTTP of runs: what an agent was told, said and did."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.agents import queries
from dynaris.agents.schemas import Run
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=PROBLEMS)


@router.get("/{run_id}", summary="One run: every model response and tool call with arguments, result and duration")
async def get_run(access: CurrentAccess, db: Db, run_id: UUID) -> Run:
    async with db.workspace(access.workspace_id) as connection:
        return Run.model_validate(await queries.get_run(connection, access.workspace_id, run_id))
