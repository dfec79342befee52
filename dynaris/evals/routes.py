"""HTTP of rehearsals: a workspace plays its own cases against its agents before it turns Auto Mode on."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.core.db import Database
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.evals import runs
from dynaris.evals.results import measured, totals
from dynaris.evals.schemas import NewRun, PlayedCase, Run, RunWithFigures
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/evals", responses=PROBLEMS, tags=["evals"])


@router.post("", status_code=202, summary="Play cases against the workspace's agents; nothing leaves")
async def start_evals(access: AdminAccess, db: Db, body: NewRun) -> RunWithFigures:
    async with db.transaction(access.workspace_id) as connection:
        run_id = await runs.start(connection, access.workspace_id, body, by=access.actor)
    return await _shown(db, access, run_id)


@router.get("", summary="Rehearsals, newest first")
async def list_evals(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[Run]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await runs.listed(connection, access.workspace_id, before=cursor, limit=limit)
    return page_of([Run(**row) for row in rows], limit, lambda run: run.id)


@router.get("/{eval_id}", summary="How far it is, and its figures")
async def get_evals(access: CurrentAccess, db: Db, eval_id: UUID) -> RunWithFigures:
    return await _shown(db, access, eval_id)


@router.post("/{eval_id}/cancel", summary="Play no further case")
async def cancel_evals(access: AdminAccess, db: Db, eval_id: UUID) -> RunWithFigures:
    async with db.transaction(access.workspace_id) as connection:
        await runs.cancel(connection, access.workspace_id, eval_id, by=access.actor)
    return await _shown(db, access, eval_id)


@router.get("/{eval_id}/cases", summary="Each case: what was said and done, and every verdict with its reason")
async def list_played_cases(
    access: CurrentAccess, db: Db, eval_id: UUID, failed: bool | None = None
) -> list[PlayedCase]:
    async with db.workspace(access.workspace_id) as connection:
        await runs.shown(connection, access.workspace_id, eval_id)
        results = await runs.results_of(connection, access.workspace_id, eval_id)
    played = [
        PlayedCase(
            case_id=result.case.id,
            holds=not result.failed,
            verdicts={name: verdict.model_dump() for name, verdict in result.verdicts.items()},
            played=result.played.model_dump(mode="json"),
        )
        for result in results
    ]
    return [each for each in played if failed is None or each.holds is not failed]


async def _shown(db: Database, access: Access, run_id: UUID) -> RunWithFigures:
    async with db.workspace(access.workspace_id) as connection:
        row = await runs.shown(connection, access.workspace_id, run_id)
        results = await runs.results_of(connection, access.workspace_id, run_id)
    sums = totals(results)
    return RunWithFigures(
        **row,
        measures=measured(results),
        failed=[result.case.id for result in results if result.failed],
        turns=sums.turns,
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        cost=f"{sums.cost:.6f}",
    )
