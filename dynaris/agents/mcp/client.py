"""Servers of tools over streamable HTTP: what they offer, and calls of it. What they say is text from outside."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict

from dynaris.agents.agent_parts import MOST_MCP_TOOLS, McpServer
from dynaris.agents.mcp.secrets import secret_for
from dynaris.core.crypto import UnreadableSecret, Vault
from dynaris.core.db import Database
from dynaris.core.outbound import Outbound

if TYPE_CHECKING:
    from mcp.client import Client
    from mcp_types import CallToolResult
    from mcp_types import Tool as ListedTool

    from dynaris.agents.guarded_http import Guarded

log = structlog.get_logger()

CALL_SECONDS = 20.0
_LIST_SECONDS = 6.0
_KNOWN_SECONDS = 60.0  # that a list is believed
_DOWN_SECONDS = 15.0  # that a server which did not answer is left alone
_MOST_KNOWN = 500  # lists
_MOST_PAGES = 5
_LONGEST_DESCRIPTION = 1_000  # characters, as the next ones
_LONGEST_SCHEMA = 4_000
_LONGEST_RESULT = 20_000
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,60}")
_META_KEY = "dynaris.ai/idempotency-key"

T = TypeVar("T")


class McpFailed(Exception):
    """The server was not reached, or what it said makes no sense; the text tells people and the model."""


class McpTool(BaseModel):
    """What a server offers, as a run records it."""

    model_config = ConfigDict(frozen=True)

    name: str  # for the model: `mcp_<the server's name for it>`
    there: str  # the server's own name for it
    description: str
    arguments: dict[str, Any]  # JSON schema
    effect: Literal["read", "write"]
    destructive: bool | None  # none: the server did not say


class McpServers:
    """Of one process: opens a session for each list and each call, and remembers lists for a minute."""

    def __init__(self, db: Database, vault: Vault, outbound: Outbound) -> None:
        self._db, self._vault, self._outbound = db, vault, outbound
        self._http: Guarded | None = None
        self._known: dict[tuple[str, ...], tuple[float, list[McpTool] | str]] = {}

    async def tools(self, workspace_id: UUID, agent: str, server: McpServer) -> list[McpTool]:
        """What the agent may use there. Raises `McpFailed`, at once where it failed just now."""
        secret = await self._secret(workspace_id, agent, server.url)
        key = str(workspace_id), server.url, hashlib.sha256((secret or "").encode()).hexdigest()
        until, known = self._known.get(key, (0.0, ""))
        if until < time.monotonic():
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            try:
                known = await self._within(_LIST_SECONDS, server.url, secret, _listed)
            except McpFailed as error:
                self._known[key] = time.monotonic() + _DOWN_SECONDS, str(error)
                raise
            self._known[key] = time.monotonic() + _KNOWN_SECONDS, known
        if isinstance(known, str):
            raise McpFailed(known)
        return [tool for tool in known if server.tools is None or tool.there in server.tools]

    async def call(
        self, workspace_id: UUID, agent: str, url: str, *, there: str, arguments: dict[str, Any], key: str
    ) -> dict[str, Any]:
        """`key`: the same for a call that is made again. Raises `McpFailed`, also for errors that the tool reports."""
        secret = await self._secret(workspace_id, agent, url)

        async def called(client: "Client") -> "CallToolResult":
            return await client.call_tool(there, arguments, meta={_META_KEY: key})  # type: ignore[typeddict-item]

        result = await self._within(CALL_SECONDS + 2, url, secret, called)  # the toolbox's own limit comes first
        told = _told(result)
        if result.is_error:
            raise McpFailed(str(told.get("text") or "the tool reports an error")[:2_000])
        return told

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _secret(self, workspace_id: UUID, agent: str, url: str) -> str | None:
        try:
            async with self._db.workspace(workspace_id) as connection:
                return await secret_for(connection, workspace_id, self._vault, agent, url)
        except UnreadableSecret as error:
            raise McpFailed(str(error)) from error

    async def _within(self, seconds: float, url: str, secret: str | None, ask: Callable[["Client"], Awaitable[T]]) -> T:
        await asyncio.to_thread(_load_library)  # most of a second at its first use
        try:
            async with asyncio.timeout(seconds), self._session(url, secret, seconds) as client:
                return await ask(client)
        except TimeoutError as error:
            raise McpFailed(f"the MCP server did not answer within {seconds:g} seconds") from error
        except Exception as error:  # somebody else's server, through a library of somebody else's, in task groups
            log.info("agents.mcp_failed", error=error)
            raise McpFailed(f"the MCP server failed: {_in_words(error)}") from error

    @asynccontextmanager
    async def _session(self, url: str, secret: str | None, seconds: float) -> AsyncIterator["Client"]:
        from mcp.client import Client
        from mcp.client.streamable_http import streamable_http_client

        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        async with self._guarded().client(headers, seconds=seconds) as http:
            transport = streamable_http_client(url, http_client=http)
            async with Client(transport, read_timeout_seconds=seconds, cache=None) as client:
                yield client

    def _guarded(self) -> "Guarded":
        if self._http is None:
            from dynaris.agents.guarded_http import Guarded

            self._http = Guarded(self._outbound)
        return self._http


def _load_library() -> None:
    import mcp.client
    import mcp.client.streamable_http  # noqa: F401 - to have them in memory


async def _listed(client: "Client") -> list[McpTool]:
    found: dict[str, McpTool] = {}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in map(_tool, page.tools):
            if tool is not None and len(found) < MOST_MCP_TOOLS:
                found.setdefault(tool.name, tool)
        cursor = page.next_cursor
        if not cursor:
            break
    return list(found.values())


def _tool(listed: "ListedTool") -> McpTool | None:
    """None: a name that no model may have, or a schema too large to be told."""
    if not _NAME.fullmatch(listed.name) or len(json.dumps(listed.input_schema)) > _LONGEST_SCHEMA:
        return None
    hints = listed.annotations
    reads = bool(hints and hints.read_only_hint)
    return McpTool(
        name=f"mcp_{listed.name}",
        there=listed.name,
        description=_one_line(listed.description or listed.title or listed.name),
        arguments={**listed.input_schema, "type": "object"},
        effect="read" if reads else "write",
        destructive=False if reads else hints.destructive_hint if hints else None,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_DESCRIPTION]


def _told(result: "CallToolResult") -> dict[str, Any]:
    """The texts of a result, and its data where it has no text; as much of it as a model may be told."""
    texts = [text for block in result.content if isinstance(text := getattr(block, "text", None), str)]
    others = len(result.content) - len(texts)
    told: dict[str, Any] = {}
    if texts:
        told["text"] = _bounded("\n".join(texts))
    elif result.structured_content is not None:
        told["text"] = _bounded(json.dumps(result.structured_content, ensure_ascii=False, default=str))
    if others:
        told["left_out"] = f"{others} parts that are no text"
    return told


def _bounded(text: str) -> str:
    left_out = len(text) - _LONGEST_RESULT
    return text if left_out <= 0 else f"{text[:_LONGEST_RESULT]}… ({left_out:,} more characters are left out here)"


def _in_words(error: BaseException) -> str:
    """The first cause: task groups wrap what went wrong."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{error or type(error).__name__}"[:300]
