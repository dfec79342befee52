"""Who answers on an account at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.workspaces.opening_hours import is_open, zone

_OF_ACCOUNT = """SELECT p.id, p.account_id, p.position, p.agent, p.team_id, p.hours, t.name AS team, w.timezone,
        w.hours_exceptions
    FROM agent_phone_mapping p JOIN workspace w ON w.id = %(ws)s
    LEFT JOIN team t ON t.workspace_id = p.workspace_id AND t.id = p.team_id
    WHERE p.workspace_id = %(ws)s AND p.account_id = %(account)s ORDER BY p.position, p.id"""


@dataclass(frozen=True, slots=True)
class Mapping:
    """To an agent by its name, or to a team."""

    agent: str | None = None
    team_id: UUID | None = None
    team: str | None = None


async def mappings(connection: Connection, workspace_id: UUID, account_id: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(_OF_ACCOUNT, {"ws": workspace_id, "account": account_id})
    return await cursor.fetchall()


def mapped(rows: Sequence[dict[str, Any]], now: datetime) -> Mapping | None:
    """The first whose hours it is; `None` where nobody said who answers then. Hours on a day that the business has
    exceptions for are those exceptions."""
    for row in rows:
        local = now.astimezone(zone(row["timezone"]))
        if row["hours"] is None or is_open(row["hours"], local, row["hours_exceptions"]):
            return Mapping(row["agent"], row["team_id"], row["team"])
    return None
