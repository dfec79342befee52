"""HTTP: a workspace's accounts, and what it could connect."""

from fastapi import APIRouter

from dynaris.channels.registry import channels
from dynaris.connections import queries
from dynaris.connections.schemas import AccountView, Toolkit, Toolkits
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api", tags=["connections"], responses=PROBLEMS)


@router.get("/accounts")
async def list_accounts(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[AccountView]:
    """Where the workspace is reached and from where it sends."""
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.listed(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([AccountView(**row) for row in rows], limit, lambda account: account.id)


@router.get("/integrations/toolkits")
async def list_toolkits(access: CurrentAccess, db: Db) -> Toolkits:
    """What can be connected, the settings each needs, and whether this workspace has connected it."""
    async with db.workspace(access.workspace_id) as connection:
        counts = await queries.count_by_channel(connection, access.workspace_id)
        errors = await queries.errors_by_channel(connection, access.workspace_id)
    return Toolkits(
        items=[
            Toolkit(
                name=name,
                kind="channel",
                settings_schema=channel.settings.model_json_schema(),
                connected=counts.get(name, 0) > 0,
                accounts=counts.get(name, 0),
                errors=errors.get(name, []),
            )
            for name, channel in sorted(channels().items())
        ]
    )
