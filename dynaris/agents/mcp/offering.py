"""What a run has of its agent's MCP server: asked for when it begins and recorded, so that a resumed run has it too."""

from typing import Any

from pydantic_ai import Tool as AgentTool

from dynaris.agents.agent_settings import BUILTIN
from dynaris.agents.mcp.client import McpFailed, McpServers
from dynaris.agents.mcp.tools import tools_at
from dynaris.agents.toolbox import TurnState, wrapped
from dynaris.agents.turn import TurnRequest


async def offered(servers: McpServers | None, request: TurnRequest) -> tuple[dict[str, Any] | None, str | None]:
    """For the run's prompt; or why its agent does without. Neither, where it has no server, or the built-in model:
    that one knows the house's tools alone."""
    server = request.settings.mcp_server
    if server is None or request.settings.chain(request.model)[0] == BUILTIN:
        return None, None
    if servers is None:
        return None, "there is no way to an MCP server here"
    try:
        tools = await servers.tools(request.workspace_id, request.agent, server)
    except McpFailed as failed:
        return None, str(failed)
    effects = request.settings.effects
    allowed = [tool for tool in tools if effects is None or tool.effect in effects]
    return {"url": server.url, "tools": [tool.model_dump() for tool in allowed]}, None


def wrapped_tools(servers: McpServers | None, recorded: dict[str, Any] | None) -> list[AgentTool[TurnState]]:
    return [wrapped(tool) for tool in tools_at(servers, recorded)] if recorded else []
