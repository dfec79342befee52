"""What an agent's server of tools asks for before it lets anybody in: sealed, and sent to no other server."""

from urllib.parse import urlsplit
from uuid import UUID

from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.workspaces.actions import record


def origin_of(url: str) -> str:
    """Scheme, host and port: the same server, whatever the path."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}:{port}"


async def has_secret(connection: Connection, workspace_id: UUID, agent: str, url: str | None) -> bool:
    return url is not None and await _sealed(connection, workspace_id, agent, url) is not None


async def origins_with_secrets(connection: Connection, workspace_id: UUID) -> dict[str, str]:
    """By agent."""
    cursor = await connection.execute("SELECT agent, origin FROM mcp_secret WHERE workspace_id = %s", (workspace_id,))
    return {row["agent"]: row["origin"] for row in await cursor.fetchall()}


async def secret_for(connection: Connection, workspace_id: UUID, vault: Vault, agent: str, url: str) -> str | None:
    """Raises `UnreadableSecret`."""
    sealed = await _sealed(connection, workspace_id, agent, url)
    return vault.open(sealed, _bound_to(workspace_id, agent)) if sealed else None


async def set_secret(
    connection: Connection,
    workspace_id: UUID,
    vault: Vault,
    agent: str,
    *,
    url: str | None,
    secret: str | None,
    by: str,
) -> None:
    """For the server that the agent has now; `None` takes it out. Raises InvalidInput."""
    if secret is None:
        await connection.execute("DELETE FROM mcp_secret WHERE workspace_id = %s AND agent = %s", (workspace_id, agent))
    elif url is None:
        message = "the agent has no MCP server that it could be for"
        raise InvalidInput(f"secret: {message}", errors=[{"field": "secret", "message": message}])
    else:
        sealed = vault.seal(secret, _bound_to(workspace_id, agent))
        await connection.execute(
            """INSERT INTO mcp_secret (workspace_id, agent, origin, sealed) VALUES (%s, %s, %s, %s)
               ON CONFLICT (workspace_id, agent) DO UPDATE SET origin = excluded.origin, sealed = excluded.sealed""",
            (workspace_id, agent, origin_of(url), sealed),
        )
    detail = {"secret": "set" if secret else "taken out"}
    await record(connection, workspace_id, actor=by, action="agent.mcp_secret", subject=f"agent:{agent}", detail=detail)


async def _sealed(connection: Connection, workspace_id: UUID, agent: str, url: str) -> str | None:
    cursor = await connection.execute(
        "SELECT sealed FROM mcp_secret WHERE workspace_id = %s AND agent = %s AND origin = %s",
        (workspace_id, agent, origin_of(url)),
    )
    row = await cursor.fetchone()
    return row["sealed"] if row else None


def _bound_to(workspace_id: UUID, agent: str) -> str:
    return f"mcp_secret:{workspace_id}:{agent}"
