"""Teams: members who work on the same things. Names are a workspace's once, whatever their case."""

from typing import Any
from uuid import UUID

from psycopg import errors

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

MOST_TEAMS = 500

_TEAM = """SELECT t.id, t.name, t.created_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'name', m.name, 'role', m.role) ORDER BY m.name, m.id),
                        '[]')
        FROM team_member tm JOIN member m ON m.workspace_id = tm.workspace_id AND m.id = tm.member_id
        WHERE tm.workspace_id = t.workspace_id AND tm.team_id = t.id AND m.removed_at IS NULL) AS members
    FROM team t WHERE t.workspace_id = %(ws)s"""


async def teams(connection: Connection, workspace_id: UUID, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit + 1`, oldest first, each with its members."""
    cursor = await connection.execute(
        f"{_TEAM} AND (%(after)s::uuid IS NULL OR t.id > %(after)s) ORDER BY t.id LIMIT %(most)s",
        {"ws": workspace_id, "after": after, "most": limit + 1},
    )
    return await cursor.fetchall()


async def team(connection: Connection, workspace_id: UUID, team_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_TEAM} AND t.id = %(id)s", {"ws": workspace_id, "id": team_id})
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"there is no team {team_id}")


async def create_team(
    connection: Connection, workspace_id: UUID, *, name: str, member_ids: list[UUID], by: str
) -> UUID:
    """Raises `Conflict` when the name is taken, `InvalidInput` for who is no member."""
    cursor = await connection.execute("SELECT count(*) AS n FROM team WHERE workspace_id = %s", (workspace_id,))
    if ((await cursor.fetchone()) or {}).get("n", 0) >= MOST_TEAMS:
        raise Conflict(f"a workspace has {MOST_TEAMS} teams at most")
    team_id = new_id()
    await _named(
        connection,
        "INSERT INTO team (name, workspace_id, id) VALUES (%s, %s, %s)",
        name=name,
        workspace_id=workspace_id,
        team_id=team_id,
    )
    for member_id in dict.fromkeys(member_ids):
        await _join(connection, workspace_id, team_id, member_id)
    detail = {"name": name, "members": [str(member_id) for member_id in member_ids]}
    await _record(connection, workspace_id, team_id, what="created", by=by, detail=detail)
    return team_id


async def rename_team(connection: Connection, workspace_id: UUID, *, team_id: UUID, name: str, by: str) -> None:
    changed = await _named(
        connection,
        "UPDATE team SET name = %s WHERE workspace_id = %s AND id = %s",
        name=name,
        workspace_id=workspace_id,
        team_id=team_id,
    )
    if not changed:
        raise NotFound(f"there is no team {team_id}")
    await _record(connection, workspace_id, team_id, what="renamed", by=by, detail={"name": name})


async def _named(connection: Connection, statement: Any, *, name: str, workspace_id: UUID, team_id: UUID) -> int:
    try:
        async with connection.transaction():
            cursor = await connection.execute(statement, (name, workspace_id, team_id))
            return cursor.rowcount
    except errors.UniqueViolation as error:
        raise Conflict(f"there is a team called {name} already") from error


async def remove_team(connection: Connection, workspace_id: UUID, *, team_id: UUID, by: str) -> None:
    cursor = await connection.execute(
        "DELETE FROM team WHERE workspace_id = %s AND id = %s RETURNING name", (workspace_id, team_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no team {team_id}")
    await _record(connection, workspace_id, team_id, what="removed", by=by, detail={"name": row["name"]})


async def add_to_team(connection: Connection, workspace_id: UUID, *, team_id: UUID, member_id: UUID, by: str) -> None:
    """Adding somebody twice is adding them once."""
    await _lock(connection, workspace_id, team_id)
    if await _join(connection, workspace_id, team_id, member_id):
        detail = {"member": str(member_id)}
        await _record(connection, workspace_id, team_id, what="member_added", by=by, detail=detail)


async def _lock(connection: Connection, workspace_id: UUID, team_id: UUID) -> None:
    cursor = await connection.execute(
        "SELECT FROM team WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, team_id)
    )
    if await cursor.fetchone() is None:
        raise NotFound(f"there is no team {team_id}")


async def _join(connection: Connection, workspace_id: UUID, team_id: UUID, member_id: UUID) -> bool:
    """The member's row is locked, so that nobody joins who is being removed."""
    cursor = await connection.execute(
        "SELECT FROM member WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR SHARE",
        (workspace_id, member_id),
    )
    if await cursor.fetchone() is None:
        raise InvalidInput(f"{member_id} is no member of this workspace")
    cursor = await connection.execute(
        """INSERT INTO team_member (workspace_id, team_id, member_id) VALUES (%s, %s, %s)
           ON CONFLICT DO NOTHING""",
        (workspace_id, team_id, member_id),
    )
    return bool(cursor.rowcount)


async def take_from_team(
    connection: Connection, workspace_id: UUID, *, team_id: UUID, member_id: UUID, by: str
) -> None:
    cursor = await connection.execute(
        "DELETE FROM team_member WHERE workspace_id = %s AND team_id = %s AND member_id = %s",
        (workspace_id, team_id, member_id),
    )
    if not cursor.rowcount:
        raise NotFound(f"team {team_id} has no member {member_id}")
    detail = {"member": str(member_id)}
    await _record(connection, workspace_id, team_id, what="member_removed", by=by, detail=detail)


async def leave_teams(connection: Connection, workspace_id: UUID, member_id: UUID) -> None:
    """Of somebody who is removed from the workspace; whoever removes them records that."""
    await connection.execute(
        "DELETE FROM team_member WHERE workspace_id = %s AND member_id = %s", (workspace_id, member_id)
    )


async def _record(
    connection: Connection, workspace_id: UUID, team_id: UUID, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    await record(connection, workspace_id, actor=by, action=f"team.{what}", subject=f"team:{team_id}", detail=detail)
