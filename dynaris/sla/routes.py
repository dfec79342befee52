"""HTTP: SLA policies and the report of what was met."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db
from dynaris.sla import policies, queries
from dynaris.sla.schemas import NewPolicies, Policies, Policy, Report
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/sla", tags=["sla"], responses=PROBLEMS)

_USUAL = timedelta(days=30)
_LONGEST = timedelta(days=400)


@router.get("/policies", summary="SLA policies, in the order in which they are tried")
async def list_policies(access: CurrentAccess, db: Db) -> Policies:
    async with db.workspace(access.workspace_id) as connection:
        rows = await policies.policies(connection, access.workspace_id)
    return Policies(policies=[Policy(**row) for row in rows])


@router.put("/policies", summary="Replace the SLA policies")
async def replace_policies(access: AdminAccess, db: Db, body: NewPolicies) -> Policies:
    async with db.transaction(access.workspace_id) as connection:
        await policies.replace_policies(connection, access.workspace_id, body.policies, by=access.actor)
        rows = await policies.policies(connection, access.workspace_id)
    return Policies(policies=[Policy(**row) for row in rows])


@router.get("/report", summary="What share of the targets was met, and how long answers and resolutions took")
async def get_report(
    access: CurrentAccess,
    db: Db,
    since: Annotated[
        AwareDatetime | None, Query(alias="from", description="Clocks started then or later; 30 days before `to`.")
    ] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Started before then; now.")] = None,
) -> Report:
    since, until = _period(since, until)
    async with db.workspace(access.workspace_id) as connection:
        return Report(**await queries.report(connection, access.workspace_id, since=since, until=until))


def _period(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    try:
        until = until or clock.now()
        since = since or until - _USUAL
    except OverflowError:
        raise InvalidInput(f"`to` {until} is before all time") from None
    if not timedelta() < until - since <= _LONGEST:
        raise InvalidInput(f"expected `from` before `to`, at most {_LONGEST.days} days apart; got {since} and {until}")
    return since, until
