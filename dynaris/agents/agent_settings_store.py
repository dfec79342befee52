"""Settings of agents in the database: each change is a version, which can be read and brought back."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents.agent_settings import AgentName, AgentSettings
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

_CURRENT = """SELECT a.name, a.version, v.settings, v.changed_by, v.created_at AS changed_at
    FROM agent a JOIN agent_version v ON v.workspace_id = a.workspace_id AND v.agent_id = a.id AND v.number = a.version
    WHERE a.workspace_id = %(ws)s"""


async def current(connection: Connection, workspace_id: UUID) -> dict[str, dict[str, Any]]:
    """By name, of those that were ever changed."""
    cursor = await connection.execute(_CURRENT, {"ws": workspace_id})
    return {row["name"]: row for row in await cursor.fetchall()}


async def versions(
    connection: Connection, workspace_id: UUID, name: AgentName, *, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The newest first, up to `limit`."""
    cursor = await connection.execute(
        """SELECT v.number, v.settings, v.restores, v.changed_by, v.created_at AS changed_at
           FROM agent_version v WHERE v.workspace_id = %(ws)s AND v.agent_id = (
               SELECT id FROM agent WHERE workspace_id = %(ws)s AND name = %(name)s)
             AND (%(before)s::int IS NULL OR v.number < %(before)s) ORDER BY v.number DESC LIMIT %(most)s""",
        {"ws": workspace_id, "name": name, "before": before, "most": limit},
    )
    return await cursor.fetchall()


async def version(connection: Connection, workspace_id: UUID, name: AgentName, number: int) -> dict[str, Any]:
    """Raises NotFound."""
    found = await versions(connection, workspace_id, name, before=number + 1, limit=1)
    if found and found[0]["number"] == number:
        return found[0]
    raise NotFound(f"the agent {name} has no version {number}")


async def change(
    connection: Connection, workspace_id: UUID, name: AgentName, changes: dict[str, Any], *, by: str
) -> AgentSettings:
    """What is left out of `changes` stays; `None` is the default again. In the caller's transaction."""
    before = await _locked(connection, workspace_id, name)
    merged = AgentSettings.model_validate({**(before["settings"] if before else {}), **changes})
    if before is None or _stored(merged) != before["settings"]:
        await _write(connection, workspace_id, name, merged, before=before, by=by, restores=None)
    return merged


async def restore(connection: Connection, workspace_id: UUID, name: AgentName, number: int, *, by: str) -> None:
    """A new version with an older one's settings."""
    before = await _locked(connection, workspace_id, name)
    wanted = await version(connection, workspace_id, name, number)
    settings = AgentSettings.model_validate(wanted["settings"])
    await _write(connection, workspace_id, name, settings, before=before, by=by, restores=number)


async def _locked(connection: Connection, workspace_id: UUID, name: AgentName) -> dict[str, Any] | None:
    """The workspace's row is the lock: two first changes of an agent do not meet."""
    await connection.execute("SELECT 1 FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    cursor = await connection.execute(f"{_CURRENT} AND a.name = %(name)s", {"ws": workspace_id, "name": name})
    return await cursor.fetchone()


async def _write(
    connection: Connection,
    workspace_id: UUID,
    name: AgentName,
    settings: AgentSettings,
    *,
    before: dict[str, Any] | None,
    by: str,
    restores: int | None,
) -> None:
    number = before["version"] + 1 if before else 1
    stored = _stored(settings)
    await connection.execute(
        """WITH kept AS (
               INSERT INTO agent (workspace_id, id, name, version)
               VALUES (%(ws)s, %(id)s, %(name)s, %(number)s)
               ON CONFLICT (workspace_id, name) DO UPDATE SET version = excluded.version RETURNING id),
           copied AS (
               UPDATE workspace SET agents = agents || jsonb_build_object(%(name)s::text, %(settings)s::jsonb)
               WHERE id = %(ws)s)
           INSERT INTO agent_version (workspace_id, agent_id, number, settings, restores, changed_by)
           SELECT %(ws)s, id, %(number)s, %(settings)s, %(restores)s, %(by)s FROM kept""",
        {
            "ws": workspace_id,
            "id": new_id(),
            "name": name,
            "number": number,
            "settings": Jsonb(stored),
            "restores": restores,
            "by": by,
        },
    )
    detail = {"version": number, "before": before["settings"] if before else {}, "after": stored, "restores": restores}
    await record(connection, workspace_id, actor=by, action="agent.changed", subject=f"agent:{name}", detail=detail)


def _stored(settings: AgentSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_none=True)
