"""Names that an account or a source may be mapped to."""

import pytest

from dynaris.agents.known_models import check_agent
from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace


async def test_an_unknown_agent_is_refused_with_the_known_ones(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        await check_agent(connection, workspace.id, "scheduling")
        with pytest.raises(ValueError, match="'nobody'; there are email_sales, scheduling"):
            await check_agent(connection, workspace.id, "nobody")
