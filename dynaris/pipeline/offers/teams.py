"""Which team answers for another one at this moment, and how its people hear of it."""

from datetime import datetime
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.pipeline.offers.ringing import is_ringing
from dynaris.workspaces.business_time import hours_of


async def answering_team(connection: Connection, workspace_id: UUID, team_id: UUID, now: datetime) -> UUID:
    """The one that answers while this one is closed, if it is open itself; else this one."""
    if (await hours_of(connection, workspace_id, team_id)).is_open(now):
        return team_id
    cursor = await connection.execute(
        "SELECT closed_team_id FROM team WHERE workspace_id = %s AND id = %s", (workspace_id, team_id)
    )
    row = await cursor.fetchone()
    other: UUID | None = row["closed_team_id"] if row else None
    if other and (await hours_of(connection, workspace_id, other)).is_open(now):
        return other
    return team_id


async def is_offered(connection: Connection, workspace_id: UUID, team_id: UUID | None) -> bool:
    """One at a time: then nobody but the queue's rounds tells its members."""
    cursor = await connection.execute(
        "SELECT strategy FROM team WHERE workspace_id = %s AND id = %s", (workspace_id, team_id)
    )
    row = await cursor.fetchone()
    return row is not None and is_ringing(row["strategy"])
