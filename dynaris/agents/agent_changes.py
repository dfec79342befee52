"""A change of an agent, as every way in over HTTP makes it: checked against what there is, then a new version."""

from typing import Annotated

from fastapi import Depends, Request

from dynaris.agents import agent_settings_store as store
from dynaris.agents import agent_views as views
from dynaris.agents.agent_checks import refuse_misfit, refuse_other_specialist
from dynaris.agents.agent_settings import AgentSettings
from dynaris.core.db import Connection
from dynaris.core.outbound import Outbound
from dynaris.workspaces.access import Access


async def _outside(request: Request) -> Outbound:
    return Outbound.of(request.app.state.settings)


Outside = Annotated[Outbound, Depends(_outside)]
"""What may be called of the addresses that a workspace names."""


async def changed(
    connection: Connection,
    access: Access,
    outside: Outbound,
    name: str,
    given: AgentSettings,
    *,
    version: int | None,
) -> AgentSettings:
    """What was left out of `given` stays. `version`: that the changes were made to. Raises InvalidInput, Conflict."""
    changes = given.model_dump(mode="json", exclude_unset=True)
    roster = await views.roster(connection, access.workspace_id)
    if "based_on" in changes:
        refuse_other_specialist(roster, name, given.based_on)
    await refuse_misfit(connection, access.workspace_id, roster, name, given, outbound=outside)
    return await store.change(connection, access.workspace_id, name, changes, by=access.actor, seen=version)
