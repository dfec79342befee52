"""HTTP of the workspace's providers of models, and of what these cost."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request, Response

from dynaris.agents import model_schemas as schemas
from dynaris.agents import provider_store, spending
from dynaris.agents.agent_checks import check_names
from dynaris.agents.herald import load_library
from dynaris.agents.outages import look_now
from dynaris.agents.providers import Models
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.outbound import Outbound
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api", tags=["agents"], responses=PROBLEMS)

_TRY_SECONDS = 20.0


@router.get("/model-providers", summary="The workspace's own providers of models, without their keys")
async def list_providers(access: AdminAccess, db: Db) -> schemas.Providers:
    async with db.workspace(access.workspace_id) as connection:
        rows = await provider_store.listed(connection, access.workspace_id)
    return schemas.Providers(items=[schemas.ModelProviderView(**row) for row in rows])


@router.post("/model-providers", status_code=201)
async def add_provider(
    access: AdminAccess, db: Db, request: Request, body: schemas.NewProvider
) -> schemas.ModelProviderView:
    """Nothing is asked of it yet: `/api/model-providers/try` does."""
    given = {"base_url": None, **schemas.plain(body)}
    await _check_provider(request, given, body.kind)
    async with db.transaction(access.workspace_id) as connection:
        await provider_store.add(connection, access.workspace_id, _vault(request), given, by=access.actor)
        return await _provider(connection, access, body.name)


@router.patch("/model-providers/{provider}")
async def change_provider(
    access: AdminAccess, db: Db, request: Request, provider: str, body: schemas.ProviderChanges
) -> schemas.ModelProviderView:
    """With another key or address it is asked from the next request on. Another address takes the key anew."""
    changes = schemas.plain(body)
    async with db.workspace(access.workspace_id) as connection:
        known = await _provider(connection, access, provider)
    await _check_provider(request, changes, known.kind)
    async with db.transaction(access.workspace_id) as connection:
        await provider_store.change(
            connection, access.workspace_id, _vault(request), provider, changes, by=access.actor
        )
        return await _provider(connection, access, provider)


@router.delete("/model-providers/{provider}", status_code=204)
async def remove_provider(access: AdminAccess, db: Db, provider: str) -> Response:
    """Refused while an agent is set to one of its models."""
    async with db.transaction(access.workspace_id) as connection:
        await provider_store.remove(connection, access.workspace_id, provider, by=access.actor)
    return Response(status_code=204)


@router.post("/model-providers/try", summary="Ask a model for a word: does it answer, and if not, why")
async def try_model(access: AdminAccess, db: Db, request: Request, body: schemas.ModelToTry) -> schemas.Tried:
    """Costs a few tokens at the provider, which the month's spending does not count."""
    async with db.transaction(access.workspace_id) as connection:
        await check_names(connection, access.workspace_id, "model", [body.model])
        await record(
            connection,
            access.workspace_id,
            actor=access.actor,
            action="model_provider.tried",
            subject="model_provider:" + body.model.partition(":")[0],
            detail={"model": body.model},
        )
    await asyncio.to_thread(load_library)  # a second at its first use, which a web process seldom needs
    from dynaris.agents.probe import tried

    started = time.perf_counter()
    models: Models = request.app.state.services.models
    fault = await tried(models, await models.of(access.workspace_id), body.model, seconds=_TRY_SECONDS)
    seconds = round(time.perf_counter() - started, 3)
    if fault is None:
        await look_now(db, access.workspace_id, body.model)
    return schemas.Tried(ok=fault is None, detail=fault or "it answers", seconds=seconds)


@router.get("/model-spending", summary="What models cost this month, and the cap")
async def get_spending(access: CurrentAccess, db: Db) -> schemas.SpendingView:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.SpendingView(**await spending.this_month(connection, access.workspace_id))


@router.patch("/model-spending")
async def change_spending(access: AdminAccess, db: Db, body: schemas.SpendingChanges) -> schemas.SpendingView:
    """At the cap no paid model is asked any more this month: people take over."""
    async with db.transaction(access.workspace_id) as connection:
        before = await spending.this_month(connection, access.workspace_id)
        await connection.execute(
            "UPDATE workspace SET spending_cap = %s WHERE id = %s", (body.monthly_cap, access.workspace_id)
        )
        detail = {"before": _said(before["monthly_cap"]), "after": _said(body.monthly_cap)}
        await record(
            connection,
            access.workspace_id,
            actor=access.actor,
            action="model_spending.changed",
            subject="model_spending",
            detail=detail,
        )
        return schemas.SpendingView(**await spending.this_month(connection, access.workspace_id))


def _said(amount: Any) -> str | None:
    return None if amount is None else str(amount)


async def _provider(connection: Connection, access: Access, name: str) -> schemas.ModelProviderView:
    return schemas.ModelProviderView(**await provider_store.shown(connection, access.workspace_id, name))


async def _check_provider(request: Request, given: dict[str, Any], kind: str) -> None:
    outbound = Outbound.of(request.app.state.settings)
    await asyncio.to_thread(provider_store.check, outbound, given, kind=kind)


def _vault(request: Request) -> Any:
    return request.app.state.services.accounts.vault
