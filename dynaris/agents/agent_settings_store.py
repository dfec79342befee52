"""Agents in the database: the house's as they are set, and the workspace's own; each change is a version, which can be
read, compared and brought back."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents.agent_settings import AGENTS, AgentSettings, merged, set_parts
from dynaris.agents.variables import refuse_undeclared
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import id_of, new_id
from dynaris.workspaces.actions import record

MOST_OWN = 50  # agents of a workspace's own

_CURRENT = """SELECT a.id, a.name, a.version, v.settings, v.changed_by, v.created_at AS changed_at
    FROM agent a JOIN agent_version v ON v.workspace_id = a.workspace_id AND v.agent_id = a.id AND v.number = a.version
    WHERE a.workspace_id = %(ws)s"""


def house_id(workspace_id: UUID, name: str) -> UUID:
    """Of an agent that every workspace has, changed or not."""
    return id_of(f"agent:{workspace_id}:{name}", workspace_id)


async def name_of(connection: Connection, workspace_id: UUID, agent: str) -> str:
    """The name, where `agent` is an agent's id; else what was given, which is a name or nobody's."""
    try:
        agent_id = UUID(agent)
    except ValueError:
        return agent
    cursor = await connection.execute(
        "SELECT name FROM agent WHERE workspace_id = %s AND id = %s", (workspace_id, agent_id)
    )
    if row := await cursor.fetchone():
        return row["name"]
    return next((name for name in AGENTS if house_id(workspace_id, name) == agent_id), agent)


async def current(connection: Connection, workspace_id: UUID) -> dict[str, dict[str, Any]]:
    """By name, of those that were ever changed."""
    cursor = await connection.execute(_CURRENT, {"ws": workspace_id})
    return {row["name"]: row for row in await cursor.fetchall()}


async def versions(
    connection: Connection, workspace_id: UUID, name: str, *, before: int | None, limit: int
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


async def version(connection: Connection, workspace_id: UUID, name: str, number: int) -> dict[str, Any]:
    """Raises NotFound."""
    found = await versions(connection, workspace_id, name, before=number + 1, limit=1)
    if found and found[0]["number"] == number:
        return found[0]
    raise NotFound(f"the agent {name} has no version {number}")


async def create(connection: Connection, workspace_id: UUID, name: str, settings: AgentSettings, *, by: str) -> None:
    """An agent of the workspace's own. Raises Conflict. In the caller's transaction, as all that follows."""
    if name in AGENTS or await _locked(connection, workspace_id, name):
        raise Conflict(f"there is an agent called {name} already")
    own = [known for known in await current(connection, workspace_id) if known not in AGENTS]
    if len(own) >= MOST_OWN:
        raise Conflict(f"a workspace has {MOST_OWN} agents of its own at most")
    await _write(connection, workspace_id, name, settings, before=None, by=by, restores=None)


async def remove(connection: Connection, workspace_id: UUID, name: str, *, by: str) -> None:
    """With its versions; its runs stay. Raises NotFound, or Conflict while something sends inquiries to it."""
    before = await _locked(connection, workspace_id, name)
    if before is None or name in AGENTS:
        raise NotFound(f"this workspace has no agent of its own called {name[:50]!r}")
    if used_by := await _users(connection, workspace_id, name):
        raise Conflict(f"{name} is named by {', '.join(used_by)}: change these first", used_by=used_by)
    await connection.execute("UPDATE workspace SET agents = agents - %s WHERE id = %s", (name, workspace_id))
    await connection.execute("DELETE FROM agent WHERE workspace_id = %s AND name = %s", (workspace_id, name))
    await connection.execute("DELETE FROM mcp_secret WHERE workspace_id = %s AND agent = %s", (workspace_id, name))
    detail = {"version": before["version"], "before": before["settings"], "after": None}
    await record(connection, workspace_id, actor=by, action="agent.removed", subject=f"agent:{name}", detail=detail)


async def _users(connection: Connection, workspace_id: UUID, name: str) -> list[str]:
    cursor = await connection.execute(
        """SELECT 'the account ' || address AS who FROM account
               WHERE workspace_id = %(ws)s AND agent = %(name)s AND removed_at IS NULL
           UNION ALL SELECT DISTINCT 'who answers on ' || a.address FROM agent_phone_mapping p
               JOIN account a ON a.workspace_id = p.workspace_id AND a.id = p.account_id AND a.removed_at IS NULL
               WHERE p.workspace_id = %(ws)s AND p.agent = %(name)s
           UNION ALL SELECT 'the supervisor' FROM workspace
               WHERE id = %(ws)s AND agents->'supervisor'->'chooses_from' ? %(name)s""",
        {"ws": workspace_id, "name": name},
    )
    return [row["who"] for row in await cursor.fetchall()]


async def change(
    connection: Connection,
    workspace_id: UUID,
    name: str,
    changes: dict[str, Any],
    *,
    by: str,
    seen: int | None = None,
) -> AgentSettings:
    """What is left out of `changes` stays; `None` is the default again.

    `seen`: the version that the changes were made to. Raises Conflict where there is a later one."""
    before = await _locked(connection, workspace_id, name)
    if seen is not None and seen != (before["version"] if before else 0):
        version, who = (before["version"], before["changed_by"]) if before else (0, "nobody")
        detail = f"{name} was changed meanwhile by {who}: it is version {version} now, not {seen}"
        raise Conflict(detail, version=version, changed_by=who)
    wanted = merged(before["settings"] if before else {}, changes)
    if before is None or set_parts(wanted) != before["settings"]:
        await _write(connection, workspace_id, name, wanted, before=before, by=by, restores=None)
    return wanted


async def restore(
    connection: Connection, workspace_id: UUID, name: str, number: int, settings: AgentSettings, *, by: str
) -> None:
    """A new version with an older one's settings."""
    before = await _locked(connection, workspace_id, name)
    await _write(connection, workspace_id, name, settings, before=before, by=by, restores=number)


async def _locked(connection: Connection, workspace_id: UUID, name: str) -> dict[str, Any] | None:
    """The workspace's row is the lock: two first changes of an agent do not meet."""
    await connection.execute("SELECT 1 FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    cursor = await connection.execute(f"{_CURRENT} AND a.name = %(name)s", {"ws": workspace_id, "name": name})
    return await cursor.fetchone()


async def _write(
    connection: Connection,
    workspace_id: UUID,
    name: str,
    settings: AgentSettings,
    *,
    before: dict[str, Any] | None,
    by: str,
    restores: int | None,
) -> None:
    refuse_undeclared(settings)
    number = before["version"] + 1 if before else 1
    stored = set_parts(settings)
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
            "id": house_id(workspace_id, name) if name in AGENTS else new_id(),
            "name": name,
            "number": number,
            "settings": Jsonb(stored),
            "restores": restores,
            "by": by,
        },
    )
    detail = {"version": number, "before": before["settings"] if before else {}, "after": stored, "restores": restores}
    what = "created" if before is None and name not in AGENTS else "changed"
    await record(connection, workspace_id, actor=by, action=f"agent.{what}", subject=f"agent:{name}", detail=detail)
