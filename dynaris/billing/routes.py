"""HTTP of usage: runtimes say what a call used, people say what that costs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from dynaris.billing import usage
from dynaris.billing.schemas import NewPrices, NewUsage, PriceOut, Prices, UsageEvent
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

router = APIRouter(tags=["usage"], responses=PROBLEMS)


@router.post(
    "/usage/events",
    status_code=201,
    responses={200: {"model": UsageEvent, "description": "It was known already."}},
    summary="What a call used, once",
)
async def take_usage(access: AdminAccess, db: Db, body: NewUsage, response: Response) -> UsageEvent:
    """From another voice runtime; calls that are answered here say it themselves. 200: it was known already."""
    used = usage.Usage(
        call_id=body.call_id,
        at=body.timestamp,
        channel=body.channel_id,
        agent=body.agent_id,
        seconds=body.duration_seconds,
        transcript=body.transcript_reference,
        metrics=body.metrics.model_dump(),
        metadata=body.metadata,
    )
    async with db.transaction(access.workspace_id) as connection:
        row, is_first = await usage.take(connection, access.workspace_id, used)
    if not is_first:
        response.status_code = 200
    return _event(row)


@router.get("/api/usage/events", summary="What calls used and cost, newest first")
async def list_usage(
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    limit: Limit = 50,
    call_id: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[UsageEvent]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await usage.events(connection, access.workspace_id, call_id=call_id, before=cursor, limit=limit)
    return page_of([_event(row) for row in rows], limit, lambda event: event.id)


@router.get("/api/usage/prices", summary="What hearing, thinking and speaking cost, and since when")
async def list_prices(access: CurrentAccess, db: Db) -> Prices:
    async with db.workspace(access.workspace_id) as connection:
        return await _prices(connection, access)


@router.put("/api/usage/prices", summary="Replace the prices")
async def replace_prices(access: AdminAccess, db: Db, body: NewPrices) -> Prices:
    """For calls that end from now on: what was computed keeps the prices that it was computed with."""
    wanted = [one.model_dump() for one in body.prices]
    async with db.transaction(access.workspace_id) as connection:
        await usage.replace_prices(connection, access.workspace_id, wanted, by=access.actor)
        return await _prices(connection, access)


async def _prices(connection: Connection, access: Access) -> Prices:
    found = await usage.prices(connection, access.workspace_id)
    names = ("id", "provider", "model", "unit", "effective_from", "effective_to")
    return Prices(
        prices=[PriceOut(**{name: getattr(one, name) for name in names}, amount=f"{one.amount:f}") for one in found]
    )


def _event(row: dict[str, Any]) -> UsageEvent:
    return UsageEvent(**{**row, "cost": f"{row['cost']:f}"})
