"""A second tenant for tests that cross."""

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace, create_workspace


async def another_workspace(db: Database) -> NewWorkspace:
    slug = f"w-{new_id().hex}"
    return await create_workspace(db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="O")
