"""Writes to phone mappings: all of an account at once, in the order in which they are tried."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

MOST = 20  # of one account


async def set_mappings(
    connection: Connection, workspace_id: UUID, *, account_id: UUID, given: Sequence[dict[str, Any]], by: str
) -> None:
    """Each `agent` or `team_id`, and `hours`. Raises `NotFound` for the account, `InvalidInput` for a team."""
    await _check(connection, workspace_id, account_id, given)
    names = {"ws": workspace_id, "account": account_id}
    await connection.execute(
        "DELETE FROM agent_phone_mapping WHERE workspace_id = %(ws)s AND account_id = %(account)s", names
    )
    for position, one in enumerate(given):
        await connection.execute(
            """INSERT INTO agent_phone_mapping (workspace_id, id, account_id, position, agent, team_id, hours)
               VALUES (%(ws)s, %(id)s, %(account)s, %(position)s, %(agent)s, %(team_id)s, %(hours)s)""",
            {
                **names,
                "id": new_id(),
                "position": position,
                "agent": one["agent"],
                "team_id": one["team_id"],
                "hours": Jsonb(one["hours"]) if one["hours"] is not None else None,
            },
        )
    detail = {"mappings": [{"to": one["agent"] or f"team:{one['team_id']}", "hours": one["hours"]} for one in given]}
    await record(
        connection, workspace_id, actor=by, action="account.mapped", subject=f"account:{account_id}", detail=detail
    )


async def _check(connection: Connection, workspace_id: UUID, account_id: UUID, given: Sequence[dict[str, Any]]) -> None:
    cursor = await connection.execute(
        "SELECT FROM account WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR NO KEY UPDATE",
        (workspace_id, account_id),
    )
    if not cursor.rowcount:
        raise NotFound(f"there is no account {account_id}")
    wanted = {one["team_id"] for one in given if one["team_id"]}
    cursor = await connection.execute(
        "SELECT id FROM team WHERE workspace_id = %s AND id = ANY(%s)", (workspace_id, list(wanted))
    )
    if missing := wanted - {row["id"] for row in await cursor.fetchall()}:
        raise InvalidInput(f"there is no team {', '.join(map(str, missing))}")
