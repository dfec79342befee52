"""Reads of templates."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.channels.contract import Templated
from dynaris.channels.registry import channels
from dynaris.connections.queries import checkpoints
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_SHOWN: LiteralString = """SELECT t.id, t.account_id, t.name, t.language, t.category, t.status, t.reason, t.header,
       t.body, t.footer, t.buttons, t.variables, t.quality, t.fills, t.purpose, t.for_agents, t.synced_at
    FROM template t WHERE t.workspace_id = %(ws)s AND t.removed_at IS NULL"""


async def templates(
    connection: Connection,
    workspace_id: UUID,
    *,
    account_id: UUID | None = None,
    status: str | None = None,
    for_agents: bool = False,
) -> list[dict[str, Any]]:
    """By name and language; there are never more than the provider lets an account have."""
    cursor = await connection.execute(
        f"""{_SHOWN} AND (%(account)s::uuid IS NULL OR t.account_id = %(account)s)
            AND (%(status)s::text IS NULL OR t.status = %(status)s) AND (NOT %(agents)s OR t.for_agents)
            ORDER BY t.name, t.language, t.account_id""",
        {"ws": workspace_id, "account": account_id, "status": status, "agents": for_agents},
    )
    return await cursor.fetchall()


async def sources(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    """The accounts whose providers have templates, and how the last fetching went (`syncing.py` notes it)."""
    templated = [name for name, each in channels().items() if isinstance(each, Templated)]
    return [
        {
            "account_id": row["id"],
            "name": row["name"],
            "synced_at": row["checkpoint"].get("templates_synced_at"),
            "error": row["checkpoint"].get("templates_error"),
        }
        for row in await checkpoints(connection, workspace_id, templated)
    ]


async def template(connection: Connection, workspace_id: UUID, template_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    cursor = await connection.execute(f"{_SHOWN} AND t.id = %(id)s", {"ws": workspace_id, "id": template_id})
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"there is no template {template_id}")


async def named_template(
    connection: Connection, workspace_id: UUID, *, account_id: UUID, name: str, language: str | None
) -> dict[str, Any]:
    """In that language; without one, in the only language that it has. Raises `NotFound`."""
    cursor = await connection.execute(
        f"""{_SHOWN} AND t.account_id = %(account)s AND t.name = %(name)s
            AND (%(language)s::text IS NULL OR t.language = %(language)s) ORDER BY t.language""",
        {"ws": workspace_id, "account": account_id, "name": name, "language": language},
    )
    rows = await cursor.fetchall()
    if len(rows) == 1:
        return rows[0]
    if rows:
        there = ", ".join(row["language"] for row in rows)
        raise NotFound(f"the template {name!r} is there in {there}: name one of these languages")
    raise NotFound(f"there is no template {name!r}" + (f" in {language}" if language else ""))
