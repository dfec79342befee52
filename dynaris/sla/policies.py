"""SLA policies: read, and replaced as the ordered list that they are."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from dynaris.channels.registry import customer_channels
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.sla.schemas import NewPolicy
from dynaris.workspaces.actions import record

_COLUMNS: LiteralString = """id, name, channels, team_ids, contact_tags, tag_ids, first_response_minutes,
    next_response_minutes, resolution_minutes, business_hours, warn_percent, warn_minutes"""
_KEEP: LiteralString = """INSERT INTO sla_policy (workspace_id, position, id, name, channels, team_ids, contact_tags,
        tag_ids, first_response_minutes, next_response_minutes, resolution_minutes, business_hours, warn_percent,
        warn_minutes)
    VALUES (%(ws)s, %(position)s, %(id)s, %(name)s, %(channels)s, %(team_ids)s, %(contact_tags)s, %(tag_ids)s,
        %(first_response_minutes)s, %(next_response_minutes)s, %(resolution_minutes)s, %(business_hours)s,
        %(warn_percent)s, %(warn_minutes)s)"""
_REPLAN: LiteralString = """UPDATE sla_clock SET to_plan = true
    WHERE workspace_id = %s AND status IN ('running', 'paused') AND NOT to_plan"""


async def policies(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    """In the order in which they are tried."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM sla_policy WHERE workspace_id = %s ORDER BY position", (workspace_id,)
    )
    return await cursor.fetchall()


async def replace_policies(connection: Connection, workspace_id: UUID, wanted: Sequence[NewPolicy], *, by: str) -> None:
    """Clocks that run are planned anew. Raises `InvalidInput` for what a policy names and there is not."""
    # Two admins at once: the list of the second one holds, whole.
    await connection.execute("SELECT FROM workspace WHERE id = %s FOR NO KEY UPDATE", (workspace_id,))
    await _check(connection, workspace_id, wanted)
    before = await policies(connection, workspace_id)
    known = {policy["name"].casefold(): policy["id"] for policy in before}
    await connection.execute("DELETE FROM sla_policy WHERE workspace_id = %s", (workspace_id,))
    for position, policy in enumerate(wanted):
        names = {"ws": workspace_id, "position": position, "id": known.get(policy.name.casefold(), new_id())}
        await connection.execute(_KEEP, {**names, **policy.model_dump()})
    if wanted:
        await connection.execute("SELECT nextval('sla_in_use')")  # from now on messages are looked at
    await connection.execute(_REPLAN, (workspace_id,))
    await record(
        connection,
        workspace_id,
        actor=by,
        action="sla.policies_changed",
        subject=f"workspace:{workspace_id}",
        detail={"before": [policy["name"] for policy in before], "after": [policy.name for policy in wanted]},
    )


async def _check(connection: Connection, workspace_id: UUID, wanted: Sequence[NewPolicy]) -> None:
    there = customer_channels()
    for policy in wanted:
        for channel in policy.channels:
            if channel not in there:
                raise InvalidInput(
                    f"policy {policy.name!r}: unknown channel {channel!r}; there are {', '.join(sorted(there))}"
                )
    teams = await _ids(connection, "SELECT id FROM team WHERE workspace_id = %s", workspace_id)
    tags = await _ids(connection, "SELECT id FROM tag WHERE workspace_id = %s", workspace_id)
    for policy in wanted:
        if missing := [team for team in policy.team_ids if team not in teams]:
            raise InvalidInput(f"policy {policy.name!r}: there is no team {missing[0]}")
        if missing := [tag for tag in policy.tag_ids if tag not in tags]:
            raise InvalidInput(f"policy {policy.name!r}: there is no tag {missing[0]} for conversations")


async def _ids(connection: Connection, statement: LiteralString, workspace_id: UUID) -> set[UUID]:
    return {row["id"] for row in await (await connection.execute(statement, (workspace_id,))).fetchall()}
