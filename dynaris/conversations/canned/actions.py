"""Writes to canned replies."""

from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from dynaris.conversations.canned import placeholders
from dynaris.conversations.canned.queries import canned_reply
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record


async def add_reply(
    connection: Connection, workspace_id: UUID, *, shortcut: str, title: str, text: str, language: str | None, by: str
) -> dict[str, Any]:
    """Raises `Conflict` where the shortcut is taken in that language, `InvalidInput` for unknown placeholders."""
    placeholders.check(text)
    reply_id = new_id()
    await _write(
        connection,
        """INSERT INTO canned_reply (workspace_id, id, shortcut, title, text, language, created_by)
           VALUES (%(ws)s, %(id)s, %(shortcut)s, %(title)s, %(text)s, %(language)s, %(by)s)""",
        {
            "ws": workspace_id,
            "id": reply_id,
            "shortcut": shortcut,
            "title": title,
            "text": text,
            "language": language or "",
            "by": by,
        },
    )
    await _record(connection, workspace_id, reply_id, "added", by)
    return await canned_reply(connection, workspace_id, reply_id)


async def change_reply(
    connection: Connection, workspace_id: UUID, reply_id: UUID, *, changes: dict[str, Any], by: str
) -> dict[str, Any]:
    """`changes`: shortcut, title, text, language (none: of any). Raises as `add_reply`, and `NotFound`."""
    placeholders.check(changes.get("text", ""))
    now = await canned_reply(connection, workspace_id, reply_id)
    values = {**now, **changes}
    await _write(
        connection,
        """UPDATE canned_reply SET shortcut = %(shortcut)s, title = %(title)s, text = %(text)s,
                  language = %(language)s, updated_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {**values, "language": values["language"] or "", "ws": workspace_id, "id": reply_id},
    )
    if changes:
        await _record(connection, workspace_id, reply_id, "changed", by)
    return await canned_reply(connection, workspace_id, reply_id)


async def remove_reply(connection: Connection, workspace_id: UUID, reply_id: UUID, *, by: str) -> None:
    cursor = await connection.execute(
        "DELETE FROM canned_reply WHERE workspace_id = %s AND id = %s", (workspace_id, reply_id)
    )
    if not cursor.rowcount:
        raise NotFound(f"no canned reply {reply_id}")
    await _record(connection, workspace_id, reply_id, "removed", by)


async def _write(connection: Connection, statement: str, values: dict[str, Any]) -> None:
    try:
        async with connection.transaction():
            await connection.execute(statement, values)  # type: ignore[arg-type] - one of the two above
    except UniqueViolation as error:
        where = f" in {values['language']}" if values["language"] else ""
        raise Conflict(f"another canned reply has the shortcut /{values['shortcut']}{where}") from error


async def _record(connection: Connection, workspace_id: UUID, reply_id: UUID, what: str, by: str) -> None:
    await record(
        connection,
        workspace_id,
        actor=by,
        action=f"canned_reply.{what}",
        subject=f"canned_reply:{reply_id}",
        detail={},
    )
