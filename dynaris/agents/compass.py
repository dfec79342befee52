"""Compass: an agent as runtimes read it, with the prompt that our own runs tell a model, assembled when it is read."""

from typing import Any
from uuid import UUID

from dynaris.agents import agent_views as views
from dynaris.agents.agent_parts import CallLimits
from dynaris.agents.agent_schemas import AgentDetail
from dynaris.agents.agent_settings import DEFAULT_GREETING, AgentSettings
from dynaris.agents.compass_record import fields_of, status_of, voice_config
from dynaris.agents.compass_schemas import (
    AgentRecord,
    LimitsForRuntimes,
    PartOfPrompt,
    RuntimeAgent,
    ToolForRuntimes,
)
from dynaris.agents.context import imagined
from dynaris.agents.mcp.secrets import origin_of, origins_with_secrets
from dynaris.agents.own_words import own_parts
from dynaris.agents.rendering import render_business
from dynaris.agents.specialists import parts_of
from dynaris.agents.turn import automatic_effects
from dynaris.agents.variables import with_variables
from dynaris.channels.contract import ChannelTraits, Identity
from dynaris.channels.registry import channels
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_CONTEXT = 1_000  # the priority of what comes last


async def answering(connection: Connection, workspace_id: UUID, known_as: str) -> AgentDetail:
    """`known_as`: name or id. Raises NotFound, also for the supervisor: it speaks to nobody."""
    view = await views.agent(connection, workspace_id, known_as)
    if view.specialist is None:
        raise NotFound(f"{view.name} chooses among agents, and is no agent of a runtime")
    return view


async def runtime_agent(
    connection: Connection,
    workspace_id: UUID,
    known_as: str,
    *,
    language: str | None,
    channel: str | None,
    variables: dict[str, str] | None = None,
) -> RuntimeAgent:
    """`variables`: fill its places, which stand as they are without them. Raises NotFound."""
    view = await answering(connection, workspace_id, known_as)
    settings = view.settings if variables is None else with_variables(view.settings, variables)
    components = await _components(connection, workspace_id, view, settings, language=language, channel=channel)
    workspace = await _workspace(connection, workspace_id)
    fields, greetings = fields_of(view), settings.greeting or {}
    config = voice_config(settings.voice)
    config = config.model_copy(
        update={
            "pipeline_mode": config.pipeline_mode or "stt_llm_tts",
            "llm_model": config.llm_model or view.models[0],
        }
    )
    same = ("agent_category", "agent_type", "transfer_to", "outbound_variables", "mcp_server_url", "title")
    return RuntimeAgent(
        **{name: fields[name] for name in same},
        agent_id=view.id,
        tenant_id=workspace_id,
        agent_name=view.name,
        version=view.version,
        status=status_of(view, workspace["refused"]),
        agent=settings.role or view.purpose,
        system_prompt="\n\n".join(part.text for part in components),
        components=components,
        prompt_realtime=settings.voice.prompt_realtime if settings.voice else None,
        model=view.models[0],
        models=view.models,
        voice_model=config.llm_model if config.pipeline_mode == "realtime" else config.tts_model,
        voice_config=config,
        language=settings.languages or workspace["languages"] or [workspace["language"]],
        base_greeting=greetings,
        greeting=greetings.get(language or "") or greetings.get(DEFAULT_GREETING),
        tools=_tools(view, workspace["auto_mode"], channel),
        limits=LimitsForRuntimes(**dict(CallLimits.of(settings.voice)), run=view.limits),
        outbound_purpose=settings.outbound.purpose if settings.outbound else None,
    )


async def record(connection: Connection, workspace_id: UUID, known_as: str) -> AgentRecord:
    view = await answering(connection, workspace_id, known_as)
    workspace = await _workspace(connection, workspace_id)
    return _record(workspace_id, view, workspace["refused"], mcp_secret_set=view.mcp_secret_set)


async def records(connection: Connection, workspace_id: UUID) -> list[AgentRecord]:
    """The house's, then the workspace's own by name; none of the supervisor."""
    refused = (await _workspace(connection, workspace_id))["refused"]
    origins = await origins_with_secrets(connection, workspace_id)
    shown: list[AgentRecord] = []
    for view in await views.agents(connection, workspace_id):
        server = view.settings.mcp_server
        is_set = bool(server) and origins.get(view.name) == origin_of(server.url)
        if view.specialist:
            shown.append(_record(workspace_id, view, refused, mcp_secret_set=is_set))
    return shown


def _record(workspace_id: UUID, view: Any, refused: list[str], *, mcp_secret_set: bool) -> AgentRecord:
    return AgentRecord(
        **fields_of(view),
        agent_id=view.id,
        tenant_id=workspace_id,
        agent_name=view.name,
        specialist=view.specialist,
        status=status_of(view, refused),
        version=view.version,
        mcp_secret_set=mcp_secret_set,
        changed_by=view.changed_by,
        changed_at=view.changed_at,
    )


async def _components(
    connection: Connection,
    workspace_id: UUID,
    view: AgentDetail,
    settings: AgentSettings,
    *,
    language: str | None,
    channel: str | None,
) -> list[PartOfPrompt]:
    known = channels().get(channel or "")
    traits = known.traits if known else ChannelTraits(live=True)  # a runtime's own channel: a call, a chat
    assert view.specialist
    parts = [*parts_of(view.specialist), *own_parts(settings, greets=not traits.subject, language=language)]
    context = await imagined(
        connection,
        workspace_id,
        channel=channel or "",
        traits=traits,
        identity=Identity.CLAIMED,
        text="",
        said=(),
        now=clock.now(),
    )
    told = [PartOfPrompt(title=p.title, priority=p.priority, source=p.source, text=p.text) for p in parts]
    return [*told, PartOfPrompt(title="business", priority=_CONTEXT, source="context", text=render_business(context))]


def _tools(view: AgentDetail, auto_mode: dict[str, Any], channel: str | None) -> list[ToolForRuntimes]:
    """Those that it may use."""
    from dynaris.agents.tools import built_in_tools

    is_auto = auto_mode.get("enabled") and auto_mode.get("channels", {}).get(channel or "", True)
    automatic = automatic_effects(auto_mode) if is_auto else frozenset({"read"})
    known = built_in_tools()
    shown: list[ToolForRuntimes] = []
    for tool in (known[one.name] for one in view.toolbox if one.allowed):
        arguments = tool.arguments.model_json_schema()
        arguments.pop("description", None)
        shown.append(
            ToolForRuntimes(
                name=tool.name,
                description=tool.description,
                effect=tool.effect,
                arguments=arguments,
                needs_approval=tool.effect not in automatic,
            )
        )
    return shown


async def _workspace(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT auto_mode, language, languages, ARRAY(
               SELECT name FROM model_provider WHERE workspace_id = %(ws)s AND error IS NOT NULL) AS refused
           FROM workspace WHERE id = %(ws)s""",
        {"ws": workspace_id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row
