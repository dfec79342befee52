"""Tags of a workspace, and which conversation has which. Names are a workspace's once, whatever their case."""

from typing import Any, Literal
from uuid import UUID

from psycopg import errors

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

MOST_TAGS = 200

Colour = Literal[
    "gray", "red", "pink", "grape", "violet", "indigo", "blue", "cyan", "teal", "green", "lime", "yellow", "orange"
]

_TAG = """SELECT g.id, g.name, g.colour,
        (SELECT count(*) FROM conversation_tag x WHERE x.workspace_id = g.workspace_id AND x.tag_id = g.id)
        AS conversations
    FROM tag g WHERE g.workspace_id = %(ws)s"""


async def tags(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    """By name, each with how many conversations have it."""
    cursor = await connection.execute(f"{_TAG} ORDER BY lower(g.name)", {"ws": workspace_id})
    return await cursor.fetchall()


async def tag(connection: Connection, workspace_id: UUID, tag_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_TAG} AND g.id = %(id)s", {"ws": workspace_id, "id": tag_id})
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"there is no tag {tag_id}")


async def create_tag(connection: Connection, workspace_id: UUID, *, name: str, colour: Colour, by: str) -> UUID:
    """Raises `Conflict` when the name is taken."""
    cursor = await connection.execute("SELECT count(*) AS n FROM tag WHERE workspace_id = %s", (workspace_id,))
    if ((await cursor.fetchone()) or {}).get("n", 0) >= MOST_TAGS:
        raise Conflict(f"a workspace has {MOST_TAGS} tags at most")
    tag_id = new_id()
    await _named(
        connection,
        "INSERT INTO tag (workspace_id, id, name, colour) VALUES (%(ws)s, %(id)s, %(name)s, %(colour)s)",
        {"ws": workspace_id, "id": tag_id, "name": name, "colour": colour},
    )
    await _record(connection, workspace_id, tag_id, what="created", by=by, detail={"name": name, "colour": colour})
    return tag_id


async def change_tag(
    connection: Connection, workspace_id: UUID, *, tag_id: UUID, name: str | None, colour: Colour | None, by: str
) -> None:
    """What is `None` stays as it is."""
    changed = await _named(
        connection,
        """UPDATE tag SET name = coalesce(%(name)s, name), colour = coalesce(%(colour)s, colour)
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {"ws": workspace_id, "id": tag_id, "name": name, "colour": colour},
    )
    if not changed:
        raise NotFound(f"there is no tag {tag_id}")
    detail = {key: value for key, value in (("name", name), ("colour", colour)) if value is not None}
    await _record(connection, workspace_id, tag_id, what="changed", by=by, detail=detail)


async def _named(connection: Connection, statement: Any, names: dict[str, Any]) -> int:
    try:
        async with connection.transaction():
            return (await connection.execute(statement, names)).rowcount
    except errors.UniqueViolation as error:
        raise Conflict(f"there is a tag called {names['name']} already") from error


async def remove_tag(connection: Connection, workspace_id: UUID, *, tag_id: UUID, by: str) -> None:
    """It goes from every conversation that has it."""
    cursor = await connection.execute(
        "DELETE FROM tag WHERE workspace_id = %s AND id = %s RETURNING name", (workspace_id, tag_id)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no tag {tag_id}")
    await _record(connection, workspace_id, tag_id, what="removed", by=by, detail={"name": row["name"]})


async def add_tag(connection: Connection, workspace_id: UUID, *, conversation_id: UUID, tag_id: UUID, by: str) -> None:
    """Adding it twice is adding it once."""
    name = await _tag_of(connection, workspace_id, conversation_id, tag_id)
    cursor = await connection.execute(
        """INSERT INTO conversation_tag (workspace_id, conversation_id, tag_id) VALUES (%s, %s, %s)
           ON CONFLICT DO NOTHING""",
        (workspace_id, conversation_id, tag_id),
    )
    if cursor.rowcount:
        await _record_on(connection, workspace_id, conversation_id, what="tagged", by=by, name=name)


async def take_tag(connection: Connection, workspace_id: UUID, *, conversation_id: UUID, tag_id: UUID, by: str) -> None:
    """Taking it twice is taking it once."""
    name = await _tag_of(connection, workspace_id, conversation_id, tag_id)
    cursor = await connection.execute(
        "DELETE FROM conversation_tag WHERE workspace_id = %s AND conversation_id = %s AND tag_id = %s",
        (workspace_id, conversation_id, tag_id),
    )
    if cursor.rowcount:
        await _record_on(connection, workspace_id, conversation_id, what="untagged", by=by, name=name)


async def _tag_of(connection: Connection, workspace_id: UUID, conversation_id: UUID, tag_id: UUID) -> str:
    """The tag's name. Neither row can go while this transaction lasts."""
    held = "WHERE workspace_id = %s AND id = %s FOR KEY SHARE"
    cursor = await connection.execute(f"SELECT FROM conversation {held}", (workspace_id, conversation_id))
    if await cursor.fetchone() is None:
        raise NotFound(f"no conversation {conversation_id}")
    cursor = await connection.execute(f"SELECT name FROM tag {held}", (workspace_id, tag_id))
    if row := await cursor.fetchone():
        return row["name"]
    raise NotFound(f"there is no tag {tag_id}")


async def _record(
    connection: Connection, workspace_id: UUID, tag_id: UUID, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    await record(connection, workspace_id, actor=by, action=f"tag.{what}", subject=f"tag:{tag_id}", detail=detail)


async def _record_on(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, *, what: str, by: str, name: str
) -> None:
    subject = f"conversation:{conversation_id}"
    await record(
        connection, workspace_id, actor=by, action=f"conversation.{what}", subject=subject, detail={"tag": name}
    )
