"""Writes to templates: what the workspace sets of its own."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.templates.queries import template
from dynaris.workspaces.actions import record


async def change(
    connection: Connection, workspace_id: UUID, *, template_id: UUID, changes: dict[str, Any], by: str
) -> None:
    """`purpose`, `fills`, `for_agents`. Raises `NotFound`, and `InvalidInput` for a gap that it does not have."""
    before = await template(connection, workspace_id, template_id)
    gaps = {one["name"] for one in before["variables"]}
    if strange := sorted(set(changes.get("fills", ())) - gaps):
        errors = [{"field": f"fills.{name}", "message": "there is no such gap"} for name in strange]
        raise InvalidInput(f"{before['name']} has no gap {', '.join(strange)}", errors=errors)
    after = {name: changes.get(name, before[name]) for name in ("purpose", "fills", "for_agents")}
    await connection.execute(
        """UPDATE template SET purpose = %(purpose)s, fills = %(fills)s, for_agents = %(for_agents)s
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {**after, "fills": Jsonb(after["fills"]), "ws": workspace_id, "id": template_id},
    )
    detail = {"name": before["name"], "language": before["language"], "changed": sorted(changes)}
    await record(
        connection, workspace_id, actor=by, action="template.changed", subject=f"template:{template_id}", detail=detail
    )
