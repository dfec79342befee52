"""HTTP of agents: the house's and the workspace's own, how they are set, their versions and figures."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from dynaris.agents import agent_schemas as schemas
from dynaris.agents import agent_settings_store as store
from dynaris.agents import agent_views as views
from dynaris.agents.agent_changes import Outside, changed
from dynaris.agents.agent_checks import refuse_misfit, refuse_name
from dynaris.agents.agent_differences import differences
from dynaris.agents.agent_settings import AgentSettings, set_parts
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/agents", tags=["agents"], responses=PROBLEMS)

VersionNumber = Annotated[int, Query(ge=0, le=2**31 - 2)]


@router.get("", summary="Every agent: its settings, models and limits")
async def list_agents(access: CurrentAccess, db: Db) -> schemas.Agents:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Agents(items=await views.agents(connection, access.workspace_id))


@router.post("", status_code=201, summary="Make an agent of your own, with a specialist's behaviour")
async def create_agent(access: AdminAccess, db: Db, outside: Outside, body: schemas.NewAgent) -> schemas.AgentDetail:
    refuse_name(body.name)
    settings = body.settings.model_copy(update={"based_on": body.based_on})
    async with db.transaction(access.workspace_id) as connection:
        roster = await views.roster(connection, access.workspace_id)
        await refuse_misfit(connection, access.workspace_id, roster, body.name, settings, outbound=outside)
        await store.create(connection, access.workspace_id, body.name, settings, by=access.actor)
        return await views.agent(connection, access.workspace_id, body.name)


@router.get("/figures", summary="What each agent did in the last days, and what it cost")
async def agent_figures(
    access: CurrentAccess, db: Db, days: Annotated[int, Query(ge=1, le=90)] = 7
) -> schemas.FiguresOfAgents:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.FiguresOfAgents(days=days, items=await views.figures(connection, access.workspace_id, days=days))


@router.get("/{agent}")
async def get_agent(access: CurrentAccess, db: Db, agent: str) -> schemas.AgentDetail:
    async with db.workspace(access.workspace_id) as connection:
        return await views.agent(connection, access.workspace_id, agent)


@router.patch("/{agent}")
async def change_agent(
    access: AdminAccess,
    db: Db,
    outside: Outside,
    agent: str,
    body: AgentSettings,
    *,
    version: VersionNumber | None = None,
) -> schemas.AgentDetail:
    """What is left out stays, null is the default again. A change is a new version.

    `version`: what the changes were made to; where somebody changed the agent since, nothing is changed."""
    async with db.transaction(access.workspace_id) as connection:
        name = (await views.agent(connection, access.workspace_id, agent)).name
        await changed(connection, access, outside, name, body, version=version)
        return await views.agent(connection, access.workspace_id, name)


@router.delete("/{agent}", status_code=204)
async def remove_agent(access: AdminAccess, db: Db, agent: str) -> Response:
    """One of your own. Refused while an account or the supervisor names it; what it did stays in its runs."""
    async with db.transaction(access.workspace_id) as connection:
        name = await store.name_of(connection, access.workspace_id, agent)
        await store.remove(connection, access.workspace_id, name, by=access.actor)
    return Response(status_code=204)


@router.get("/{agent}/versions", summary="What an agent was set to, newest first")
async def list_versions(
    access: CurrentAccess,
    db: Db,
    agent: str,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.AgentVersions:
    async with db.workspace(access.workspace_id) as connection:
        return await views.versions(connection, access.workspace_id, agent, before=before, limit=limit)


@router.get("/{agent}/versions/{agent_version}")
async def get_version(access: CurrentAccess, db: Db, agent: str, agent_version: int) -> schemas.AgentVersion:
    async with db.workspace(access.workspace_id) as connection:
        name = await store.name_of(connection, access.workspace_id, agent)
        return schemas.AgentVersion(**await store.version(connection, access.workspace_id, name, _small(agent_version)))


@router.get("/{agent}/differences", summary="What changed from one version to another; 0 is an agent as it comes")
async def compare_versions(
    access: CurrentAccess, db: Db, agent: str, before: VersionNumber, after: VersionNumber
) -> schemas.Differences:
    async with db.workspace(access.workspace_id) as connection:
        name = await store.name_of(connection, access.workspace_id, agent)
        was, now = [await _settings_in(connection, access, name, number) for number in (before, after)]
    return schemas.Differences(before=before, after=after, items=differences(set_parts(was), set_parts(now)))


@router.post("/{agent}/versions/{agent_version}/restore", summary="Bring an older version back, as a new one")
async def restore_version(
    access: AdminAccess, db: Db, outside: Outside, agent: str, agent_version: int
) -> schemas.AgentDetail:
    """Version 0 is the agent as it comes."""
    async with db.transaction(access.workspace_id) as connection:
        name = (await views.agent(connection, access.workspace_id, agent)).name
        settings = await _settings_in(connection, access, name, agent_version)
        roster = await views.roster(connection, access.workspace_id)
        await refuse_misfit(connection, access.workspace_id, roster, name, settings, outbound=outside)
        await store.restore(connection, access.workspace_id, name, agent_version, settings, by=access.actor)
        return await views.agent(connection, access.workspace_id, name)


async def _settings_in(connection: Connection, access: Access, agent: str, number: int) -> AgentSettings:
    if number == 0:
        await views.agent(connection, access.workspace_id, agent)
        return AgentSettings()
    stored = await store.version(connection, access.workspace_id, agent, _small(number))
    return AgentSettings.model_validate(stored["settings"])


def _small(number: int) -> int:
    """A version's number; nothing has one that the database cannot hold."""
    return number if 0 < number < 2**31 - 1 else 0
