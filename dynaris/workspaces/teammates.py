"""Who of a workspace's people is meant by a name."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput


async def find_member(connection: Connection, workspace_id: UUID, who: str) -> dict[str, Any]:
    """A teammate by name or e-mail. Raises InvalidInput with the names there are."""
    cursor = await connection.execute(
        """SELECT id, name, lower(email) = lower(%(who)s) OR lower(name) = lower(%(who)s) AS exact,
                  starts_with(lower(name), lower(%(who)s) || ' ') AS starts
           FROM member WHERE workspace_id = %(ws)s AND removed_at IS NULL ORDER BY name LIMIT 100""",
        {"ws": workspace_id, "who": who},
    )
    members = await cursor.fetchall()
    for fits in ("exact", "starts"):
        found = [member for member in members if member[fits]]
        if len(found) == 1:
            return found[0]
    names = ", ".join(member["name"] for member in members)
    raise InvalidInput(f"no single teammate is called {who!r}; there are {names}")
