"""HTTP of trying an agent."""

import asyncio

from fastapi import APIRouter, Request

from dynaris.agents import agent_views as views
from dynaris.agents.agent_changes import Outside
from dynaris.agents.agent_checks import refuse_misfit
from dynaris.agents.agent_schemas import TriedTurn, TurnToTry
from dynaris.agents.herald import load_library
from dynaris.channels.registry import channel
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import AdminAccess
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api/agents", tags=["agents"], responses=PROBLEMS)

_MOST_SECONDS = 60.0


@router.post("/{agent}/try", summary="One turn with these settings, of which nothing stays but what it cost")
async def try_agent(
    access: AdminAccess, db: Db, request: Request, outside: Outside, *, agent: str, body: TurnToTry
) -> TriedTurn:
    """Tools that read are called; those that change or send something are taken as if they had been."""
    if body.messages[-1].author != "contact":
        raise InvalidInput("messages: the last one must be the contact's")
    if body.channel:
        channel(body.channel)
    async with db.transaction(access.workspace_id) as connection:
        view = await views.agent(connection, access.workspace_id, agent)
        settings, agent = view.settings, view.name
        if body.settings:
            roster = await views.roster(connection, access.workspace_id)
            settings = body.settings.model_copy(update={"based_on": view.settings.based_on})
            await refuse_misfit(connection, access.workspace_id, roster, agent, settings, outbound=outside)
        await record(
            connection, access.workspace_id, actor=access.actor, action="agent.tried", subject=f"agent:{agent}"
        )
    await asyncio.to_thread(load_library)  # a second at its first use, which a web process seldom needs
    from dynaris.agents import trying

    async with db.workspace(access.workspace_id) as connection:
        tried = await trying.prepared(connection, access.workspace_id, agent, settings, body.channel)
    services = request.app.state.services
    seconds = min(services.settings.run_timeout, _MOST_SECONDS)
    return await trying.turn(db, access.workspace_id, tried, body.messages, models=services.models, seconds=seconds)
