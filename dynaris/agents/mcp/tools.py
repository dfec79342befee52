"""The tools of an agent's MCP server as tools of a turn: recorded when the run begins, wrapped like all others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from dynaris.agents.guardrails.fence import as_data, data_in
from dynaris.agents.mcp.client import CALL_SECONDS, McpFailed, McpServers, McpTool
from dynaris.agents.tool import Tool, ToolContext, ToolRefused

_MOST_ARGUMENTS = 50_000  # characters of all of them
_EMAIL = re.compile(r"[^\s@<>,;:\"']{1,64}@[^\s@<>,;:\"']{1,255}\.[a-z]{2,24}", re.IGNORECASE)
_PHONE = re.compile(r"\+[0-9][0-9 ()/.-]{5,24}[0-9]")


def tools_at(servers: McpServers | None, recorded: Mapping[str, Any]) -> list[Tool]:
    """`recorded`: the run's `prompt.mcp`."""
    return [_tool(servers, recorded["url"], McpTool(**tool)) for tool in recorded["tools"]]


def _tool(servers: McpServers | None, url: str, offered: McpTool) -> Tool:
    async def run(context: ToolContext, arguments: BaseModel) -> Any:
        if servers is None:
            raise ToolRefused("There is no way to this tool's server here.")
        given = arguments.model_dump(mode="json")
        try:
            return await servers.call(
                *(context.workspace_id, context.agent, url),
                there=offered.there,
                arguments=given,
                key=context.idempotency_key,
            )
        except McpFailed as failed:
            raise ToolRefused(str(failed)) from failed

    return Tool(
        name=offered.name,
        description=as_data(offered.description),
        effect=offered.effect,
        arguments=_arguments(offered.name, data_in(offered.arguments)),
        run=run,
        about=_addresses,
        destructive=offered.destructive,
        seconds=CALL_SECONDS,
    )


def _arguments(name: str, schema: dict[str, Any]) -> type[BaseModel]:
    """Whatever the server's schema takes: the server checks it, for its patterns are not run here."""

    class McpArguments(BaseModel):
        model_config = ConfigDict(extra="allow", title=name)

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return dict(schema)

        @model_validator(mode="after")
        def _bounded(self) -> "McpArguments":
            if len(self.model_dump_json()) > _MOST_ARGUMENTS:
                raise ValueError(f"at most {_MOST_ARGUMENTS:,} characters are sent to an MCP server")
            return self

    return McpArguments


def _addresses(arguments: BaseModel) -> Sequence[str]:
    """Whom a call is about, as far as arguments tell: a tool that knows addresses may tell of anybody's."""
    text = arguments.model_dump_json()
    phones = ("+" + re.sub(r"[^0-9]", "", found) for found in _PHONE.findall(text))
    return [*dict.fromkeys([*_EMAIL.findall(text), *phones])][:20]
