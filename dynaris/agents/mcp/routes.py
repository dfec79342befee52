"""HTTP of an agent's MCP server: what it offers, and the secret with which it is called."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.agents import agent_views as views
from dynaris.agents.agent_settings import Effect
from dynaris.agents.mcp.client import McpFailed
from dynaris.agents.mcp.secrets import set_secret
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import AdminAccess

router = APIRouter(prefix="/api/agents", tags=["agents"], responses=PROBLEMS)

McpSecretText = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[\x21-\x7e]{1,4000}$")]


class McpSecret(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: McpSecretText | None = Field(description="Sent as `Authorization: Bearer`; null: none is.")


class McpToolView(BaseModel):
    name: str = Field(description="As the agent's model knows it; its runs have it like this.")
    there: str = Field(description="The server's own name for it.")
    description: str
    effect: Effect
    needs_yes: bool = Field(description="Always a person's: it deletes, or the server does not say that it does not.")


class McpOffer(BaseModel):
    items: list[McpToolView]
    error: str | None = Field(default=None, description="Why nothing could be asked of it.")


@router.put("/{agent}/mcp-secret", status_code=204, summary="What its MCP server asks for; it is never shown again")
async def set_mcp_secret(access: AdminAccess, db: Db, request: Request, agent: str, body: McpSecret) -> Response:
    """Of the server that the agent has now: another one, at another host, is not sent it."""
    vault = request.app.state.services.accounts.vault
    async with db.transaction(access.workspace_id) as connection:
        view = await views.agent(connection, access.workspace_id, agent)
        server = view.settings.mcp_server
        await set_secret(
            *(connection, access.workspace_id, vault, view.name),
            url=server.url if server else None,
            secret=body.secret,
            by=access.actor,
        )
    return Response(status_code=204)


@router.get("/{agent}/mcp-tools", summary="Ask its MCP server what it offers")
async def list_mcp_tools(access: AdminAccess, db: Db, request: Request, agent: str) -> McpOffer:
    async with db.workspace(access.workspace_id) as connection:
        view = await views.agent(connection, access.workspace_id, agent)
    if view.settings.mcp_server is None:
        return McpOffer(items=[])
    servers = request.app.state.services.models.mcp_servers
    try:
        tools = await servers.tools(access.workspace_id, view.name, view.settings.mcp_server)
    except McpFailed as failed:
        return McpOffer(items=[], error=str(failed))
    shown = [{**tool.model_dump(), "needs_yes": tool.destructive is not False} for tool in tools]
    return McpOffer(items=[McpToolView(**tool) for tool in shown])
