"""Names that an account or a source may be mapped to."""

import pytest

from dynaris.agents.agent_settings_store import house_id
from dynaris.agents.known_models import check_agent
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace


async def test_an_agent_is_known_by_its_id_as_well(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        house = str(house_id(workspace.id, "chat"))
        assert await check_agent(connection, workspace.id, house) == "chat"
        of_another = str(house_id(new_id(), "chat"))
        with pytest.raises(ValueError, match=f"no agent is called '{of_another}'"):
            await check_agent(connection, workspace.id, of_another)


async def test_an_unknown_agent_is_refused_with_the_known_ones(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        assert await check_agent(connection, workspace.id, "scheduling") == "scheduling"
        with pytest.raises(ValueError, match="'nobody'; there are email_sales, scheduling"):
            await check_agent(connection, workspace.id, "nobody")
