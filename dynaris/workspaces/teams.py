"""Teams: members who work on the same things. Names are a workspace's once, whatever their case."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

MOST_TEAMS = 500

_SETTINGS: LiteralString = """strategy, ring_seconds, fit_minutes, most_held, business_hours, overflow_team_id,
    overflow_minutes, closed_team_id, takes_hand_offs"""
_TEAM: LiteralString = f"""SELECT t.id, t.name, t.created_at, {_SETTINGS},
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


async def hand_off_team(connection: Connection, workspace_id: UUID) -> UUID | None:
    """That gets what agents hand off; none: owner and admins."""
    cursor = await connection.execute(
        "SELECT id FROM team WHERE workspace_id = %s AND takes_hand_offs", (workspace_id,)
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


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


async def change_team(
    connection: Connection, workspace_id: UUID, *, team_id: UUID, changes: dict[str, Any], by: str
) -> None:
    """`changes`: its name, and how its conversations reach its members. Raises `NotFound`, `Conflict`, and
    `InvalidInput` where another team is named that is none."""
    changes = dict(changes)
    await _lock(connection, workspace_id, team_id)
    if name := changes.pop("name", None):
        await _named(
            connection,
            "UPDATE team SET name = %s WHERE workspace_id = %s AND id = %s",
            name=name,
            workspace_id=workspace_id,
            team_id=team_id,
        )
        await _record(connection, workspace_id, team_id, what="renamed", by=by, detail={"name": name})
    if changes:
        await _set(connection, workspace_id, team_id, changes)
        await _record(connection, workspace_id, team_id, what="changed", by=by, detail={"changed": sorted(changes)})


# What is left out stays; all but hours and teams has a value in any case.
_SET: LiteralString = """UPDATE team SET strategy = coalesce(%(strategy)s, strategy),
        ring_seconds = coalesce(%(ring_seconds)s, ring_seconds), fit_minutes = coalesce(%(fit_minutes)s, fit_minutes),
        most_held = coalesce(%(most_held)s, most_held),
        overflow_minutes = coalesce(%(overflow_minutes)s, overflow_minutes),
        takes_hand_offs = coalesce(%(takes_hand_offs)s, takes_hand_offs),
        business_hours = CASE WHEN 'business_hours' = ANY(%(named)s) THEN %(business_hours)s ELSE business_hours END,
        overflow_team_id = CASE WHEN 'overflow_team_id' = ANY(%(named)s) THEN %(overflow_team_id)s::uuid
                                ELSE overflow_team_id END,
        closed_team_id = CASE WHEN 'closed_team_id' = ANY(%(named)s) THEN %(closed_team_id)s::uuid
                              ELSE closed_team_id END
    WHERE workspace_id = %(ws)s AND id = %(id)s"""
_NO_OTHER: LiteralString = """UPDATE team SET takes_hand_offs = false
    WHERE workspace_id = %(ws)s AND takes_hand_offs AND id <> %(id)s"""
_SETTABLE = tuple(word.strip() for word in _SETTINGS.split(","))


async def _set(connection: Connection, workspace_id: UUID, team_id: UUID, changes: dict[str, Any]) -> None:
    for other in ("overflow_team_id", "closed_team_id"):
        if changes.get(other) == team_id:
            raise InvalidInput(f"`{other}` is another team than this one")
    hours = changes.get("business_hours")
    names = {
        **dict.fromkeys(_SETTABLE),
        **changes,
        "business_hours": None if hours is None else Jsonb(hours),
        "named": sorted(changes),
        "ws": workspace_id,
        "id": team_id,
    }
    try:
        async with connection.transaction():
            if changes.get("takes_hand_offs"):  # instead of the one that did
                await connection.execute(_NO_OTHER, names)
            await connection.execute(_SET, names)
    except errors.ForeignKeyViolation as error:
        raise InvalidInput("`overflow_team_id` and `closed_team_id` are teams of this workspace") from error


async def _named(connection: Connection, statement: Any, *, name: str, workspace_id: UUID, team_id: UUID) -> int:
    try:
        async with connection.transaction():
            cursor = await connection.execute(statement, (name, workspace_id, team_id))
            return cursor.rowcount
    except errors.UniqueViolation as error:
        raise Conflict(f"there is a team called {name} already") from error


async def remove_team(connection: Connection, workspace_id: UUID, *, team_id: UUID, by: str) -> None:
    """What waits for it waits for owner and admins: they are reminded of it within moments. Raises `Conflict` where it
    answers on a number: agents would do so from then on, which nobody asked for."""
    await _lock(connection, workspace_id, team_id)
    if used_by := await _answers_on(connection, workspace_id, team_id):
        raise Conflict(f"the team answers on {', '.join(used_by)}: change that first", used_by=used_by)
    await connection.execute(
        """UPDATE conversation SET remind_at = clock_timestamp() WHERE workspace_id = %s AND team_id = %s
           AND holder = 'team' AND status = 'open' AND respond_by IS NOT NULL""",
        (workspace_id, team_id),
    )
    cursor = await connection.execute(
        "DELETE FROM team WHERE workspace_id = %s AND id = %s RETURNING name", (workspace_id, team_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no team {team_id}")
    await _record(connection, workspace_id, team_id, what="removed", by=by, detail={"name": row["name"]})


async def _answers_on(connection: Connection, workspace_id: UUID, team_id: UUID) -> list[str]:
    cursor = await connection.execute(
        """SELECT DISTINCT coalesce(a.settings->>'phone_number', a.address) AS address FROM agent_phone_mapping p
           JOIN account a ON a.workspace_id = p.workspace_id AND a.id = p.account_id AND a.removed_at IS NULL
           WHERE p.workspace_id = %s AND p.team_id = %s ORDER BY address""",
        (workspace_id, team_id),
    )
    return [row["address"] for row in await cursor.fetchall()]


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
