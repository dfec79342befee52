"""HTTP of agents' settings with their versions, of the workspace's providers of models, and of what these cost."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dynaris.agents import agent_settings_store as store
from dynaris.agents import model_schemas as schemas
from dynaris.agents import provider_store, spending
from dynaris.agents.agent_settings import AGENTS, AgentName, AgentSettings, Limits
from dynaris.agents.herald import load_library
from dynaris.agents.known_models import check_models
from dynaris.agents.outages import look_now
from dynaris.agents.providers import Models
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.outbound import Outbound
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api", tags=["agents"], responses=PROBLEMS)

_TRY_SECONDS = 20.0


@router.get("/agents", summary="Every agent: its settings, models and limits")
async def list_agents(access: CurrentAccess, db: Db) -> schemas.Agents:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Agents(items=await _agents(connection, access))


@router.get("/agents/{agent}")
async def get_agent(access: CurrentAccess, db: Db, agent: AgentName) -> schemas.AgentView:
    async with db.workspace(access.workspace_id) as connection:
        return await _agent(connection, access, agent)


@router.patch("/agents/{agent}")
async def change_agent(access: AdminAccess, db: Db, agent: AgentName, body: AgentSettings) -> schemas.AgentView:
    """What is left out stays, null is the default again. A change is a new version."""
    changes = body.model_dump(mode="json", exclude_unset=True)
    async with db.transaction(access.workspace_id) as connection:
        await _check_models(connection, access, body)
        await store.change(connection, access.workspace_id, agent, changes, by=access.actor)
        return await _agent(connection, access, agent)


@router.get("/agents/{agent}/versions", summary="What an agent was set to, newest first")
async def list_versions(
    access: CurrentAccess,
    db: Db,
    agent: AgentName,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.AgentVersions:
    async with db.workspace(access.workspace_id) as connection:
        rows = await store.versions(connection, access.workspace_id, agent, before=before, limit=limit + 1)
    items = [schemas.AgentVersion(**row) for row in rows[:limit]]
    return schemas.AgentVersions(items=items, next_before=items[-1].number if len(rows) > limit else None)


@router.get("/agents/{agent}/versions/{agent_version}")
async def get_version(access: CurrentAccess, db: Db, agent: AgentName, agent_version: int) -> schemas.AgentVersion:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.AgentVersion(
            **await store.version(connection, access.workspace_id, agent, _small(agent_version))
        )


@router.post("/agents/{agent}/versions/{agent_version}/restore", summary="Bring an older version back, as a new one")
async def restore_version(access: AdminAccess, db: Db, agent: AgentName, agent_version: int) -> schemas.AgentView:
    async with db.transaction(access.workspace_id) as connection:
        wanted = await store.version(connection, access.workspace_id, agent, _small(agent_version))
        await _check_models(connection, access, AgentSettings.model_validate(wanted["settings"]))
        await store.restore(connection, access.workspace_id, agent, agent_version, by=access.actor)
        return await _agent(connection, access, agent)


@router.get("/model-providers", summary="The workspace's own providers of models, without their keys")
async def list_providers(access: AdminAccess, db: Db) -> schemas.Providers:
    async with db.workspace(access.workspace_id) as connection:
        rows = await provider_store.listed(connection, access.workspace_id)
    return schemas.Providers(items=[schemas.ProviderView(**row) for row in rows])


@router.post("/model-providers", status_code=201)
async def add_provider(
    access: AdminAccess, db: Db, request: Request, body: schemas.NewProvider
) -> schemas.ProviderView:
    """Nothing is asked of it yet: `/api/model-providers/try` does."""
    given = {"base_url": None, **schemas.plain(body)}
    await _check_provider(request, given, body.kind)
    async with db.transaction(access.workspace_id) as connection:
        await provider_store.add(connection, access.workspace_id, _vault(request), given, by=access.actor)
        return await _provider(connection, access, body.name)


@router.patch("/model-providers/{provider}")
async def change_provider(
    access: AdminAccess, db: Db, request: Request, provider: str, body: schemas.ProviderChanges
) -> schemas.ProviderView:
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
        await _check_names(connection, access, "model", [body.model])
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


def _small(number: int) -> int:
    """A version's number; nothing has one that the database cannot hold."""
    return number if 0 < number < 2**31 - 1 else 0


async def _agents(connection: Connection, access: Access) -> list[schemas.AgentView]:
    known = await store.current(connection, access.workspace_id)
    cursor = await connection.execute(
        "SELECT model, supervisor_model FROM workspace WHERE id = %s", (access.workspace_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return [
        _view(name, known.get(name), row["supervisor_model"] if name == "supervisor" else row["model"])
        for name in AGENTS
    ]


async def _agent(connection: Connection, access: Access, name: AgentName) -> schemas.AgentView:
    return next(agent for agent in await _agents(connection, access) if agent.name == name)


def _view(name: AgentName, row: dict[str, Any] | None, model: str) -> schemas.AgentView:
    settings = AgentSettings.model_validate(row["settings"] if row else {})
    return schemas.AgentView(
        name=name,
        version=row["version"] if row else 0,
        settings=settings,
        models=list(settings.chain(model)),
        limits=Limits.of(settings),
        changed_by=row["changed_by"] if row else None,
        changed_at=row["changed_at"] if row else None,
    )


async def _check_models(connection: Connection, access: Access, settings: AgentSettings) -> None:
    if settings.model:
        await _check_names(connection, access, "model", [settings.model])
    await _check_names(connection, access, "fallbacks", settings.fallbacks or [])


async def _check_names(connection: Connection, access: Access, field: str, names: list[str]) -> None:
    try:
        await check_models(connection, access.workspace_id, names)
    except ValueError as error:
        raise InvalidInput(f"{field}: {error}", errors=[{"field": field, "message": str(error)}]) from error


async def _provider(connection: Connection, access: Access, name: str) -> schemas.ProviderView:
    return schemas.ProviderView(**await provider_store.shown(connection, access.workspace_id, name))


async def _check_provider(request: Request, given: dict[str, Any], kind: str) -> None:
    outbound = Outbound.of(request.app.state.settings)
    await asyncio.to_thread(provider_store.check, outbound, given, kind=kind)


def _vault(request: Request) -> Any:
    return request.app.state.services.accounts.vault
