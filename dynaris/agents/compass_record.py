"""An agent's settings under the names that runtimes know, and back: the same record, no second store."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from dynaris.agents.agent_parts import CallLimits, McpServer, VoiceConfig, VoiceSettings
from dynaris.agents.agent_schemas import AgentView
from dynaris.agents.agent_settings import AgentSettings, PromptComponent
from dynaris.agents.compass_schemas import AgentFields, RecordLimits, Status
from dynaris.agents.specialists import specialists
from dynaris.core.errors import InvalidInput

AGENT_PROMPT = "agent_prompt"  # the title of the component that a record shows by itself

SKILLS: Mapping[str, tuple[str, ...]] = {
    "knowledge": ("search_knowledge", "fetch_page"),
    "contacts": ("look_up_contact", "update_contact", "remember"),
    "conversations": ("look_up_timeline", "add_note", "create_task", "notify_teammate", "send_email", "place_call"),
    "templates": ("look_up_templates", "send_template"),
    "scheduling": ("find_slots", "hold_slot", "confirm_booking", "list_bookings", "move_booking", "cancel_booking"),
}
_SAME = ("title", "agent_type", "agent_category", "status", "model")
_RENAMED = {"agent": "role", "language": "languages", "base_greeting": "greeting"}
_CALL_LIMITS = tuple(CallLimits.model_fields)


def status_of(view: AgentView, refused: Collection[str]) -> Status:
    """`refused`: provider entries whose key was refused: an agent that asks them first does not work as it is set."""
    if not view.active:
        return "inactive"
    return "failed" if view.models[0].partition(":")[0] in refused else "active"


def fields_of(view: AgentView) -> dict[str, Any]:
    """All of a record's own fields, as they are set."""
    settings, voice, outbound = view.settings, view.settings.voice, view.settings.outbound
    components = settings.components or []
    prompt = next((one for one in components if one.title == AGENT_PROMPT), None)
    limits = {name: getattr(settings, name, None) for name in RecordLimits.model_fields}
    limits |= {name: getattr(voice, name) for name in _CALL_LIMITS} if voice else {}
    return {
        "title": settings.title,
        "agent": settings.role,
        "agent_prompt": prompt.text if prompt else None,
        "prompt_components": [one for one in components if one is not prompt],
        "prompt_realtime": voice.prompt_realtime if voice else None,
        "agent_type": settings.agent_type or "inbound",
        "agent_category": settings.agent_category or "ai_agent",
        "skills": _skills(view),
        "tools": settings.tools,
        "model": settings.model,
        "language": settings.languages,
        "base_greeting": settings.greeting,
        "voice_config": voice_config(voice),
        "transfer_to": voice.transfer_to if voice else None,
        "limits": RecordLimits(**limits),
        "outbound_purpose": outbound.purpose if outbound else None,
        "outbound_variables": (outbound.variables if outbound else None) or [],
        "mcp_server_url": settings.mcp_server.url if settings.mcp_server else None,
    }


def voice_config(voice: VoiceSettings | None) -> VoiceConfig:
    return VoiceConfig(**{name: getattr(voice, name) for name in VoiceConfig.model_fields}) if voice else VoiceConfig()


def changes_of(given: AgentFields, stored: AgentSettings, its_tools: Iterable[str]) -> AgentSettings:
    """The changes to `stored`: what is not in them stays. `its_tools`: its specialist's. Raises InvalidInput."""
    _refuse_unwritable(given)
    wanted = {name: getattr(given, name) for name in given.model_fields_set}
    changes = {name: wanted[name] for name in _SAME if name in wanted}
    changes |= {ours: wanted[theirs] for theirs, ours in _RENAMED.items() if theirs in wanted}
    if {"agent_prompt", "prompt_components"} & wanted.keys():
        changes["components"] = _components(wanted, stored) or None
    if {"skills", "tools"} & wanted.keys():
        changes["tools"] = _tools(wanted, its_tools)
    if voice := _voice(wanted):
        changes["voice"] = voice
    if limits := _set_parts(RecordLimits, wanted.get("limits"), "limits" in wanted):
        changes |= {name: value for name, value in limits.items() if name not in _CALL_LIMITS}
    outbound = {ours: wanted[f"outbound_{ours}"] for ours in ("purpose", "variables") if f"outbound_{ours}" in wanted}
    if outbound:
        changes["outbound"] = outbound
    if "mcp_server_url" in wanted:
        changes["mcp_server"] = _server(wanted["mcp_server_url"], stored.mcp_server)
    plain = {name: _plain(value) for name, value in changes.items()}
    try:
        return AgentSettings.model_validate(plain)
    except ValidationError as error:
        errors = [
            {"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors(include_url=False)
        ]
        raise InvalidInput(f"{errors[0]['field']}: {errors[0]['message']}", errors=errors) from error


def _refuse_unwritable(given: AgentFields) -> None:
    if given.status in ("provisioning", "failed"):
        message = f"active or inactive can be set; {given.status} is only ever found"
        raise InvalidInput(f"status: {message}", errors=[{"field": "status", "message": message}])
    if given.agent_category == "human_agent":
        message = "people are members of the workspace, invited at /api/invitations; ai_agent or ai_ivr is expected"
        raise InvalidInput(f"agent_category: {message}", errors=[{"field": "agent_category", "message": message}])


def _components(wanted: Mapping[str, Any], stored: AgentSettings) -> list[PromptComponent]:
    known = stored.components or []
    others = [one for one in known if one.title != AGENT_PROMPT]
    if "prompt_components" in wanted:
        others = wanted["prompt_components"] or []
    prompts = [one for one in known if one.title == AGENT_PROMPT]
    if "agent_prompt" in wanted:
        kept = prompts[0] if prompts else PromptComponent(title=AGENT_PROMPT, text="-")
        text = wanted["agent_prompt"]
        prompts = [kept.model_copy(update={"text": text})] if text else []
    return [*prompts, *others]


def _tools(wanted: Mapping[str, Any], its_tools: Iterable[str]) -> list[str] | None:
    skills, tools = wanted.get("skills"), wanted.get("tools")
    if skills is None and tools is None:
        return None
    skilled = [tool for skill in skills or () for tool in SKILLS[skill] if tool in its_tools]
    return [*dict.fromkeys([*skilled, *(tools or ())])]


def _skills(view: AgentView) -> list[str]:
    """Groups of which it may use all that its specialist has."""
    own = specialists()[view.specialist].tools if view.specialist else ()
    allowed = own if view.settings.tools is None else view.settings.tools
    having = {skill: [tool for tool in tools if tool in own] for skill, tools in SKILLS.items()}
    return [skill for skill, tools in having.items() if tools and all(tool in allowed for tool in tools)]


def _voice(wanted: Mapping[str, Any]) -> dict[str, Any]:
    parts = _set_parts(VoiceConfig, wanted.get("voice_config"), "voice_config" in wanted)
    limits = _set_parts(RecordLimits, wanted.get("limits"), "limits" in wanted)
    parts |= {name: value for name, value in limits.items() if name in _CALL_LIMITS}
    parts |= {name: wanted[name] for name in ("prompt_realtime", "transfer_to") if name in wanted}
    return parts


def _set_parts(kind: type[BaseModel], given: BaseModel | None, is_given: bool) -> dict[str, Any]:
    """Those that were named; all of them, where null was."""
    if given is None:
        return dict.fromkeys(kind.model_fields) if is_given else {}
    return {name: getattr(given, name) for name in given.model_fields_set}


def _server(url: str | None, known: McpServer | None) -> dict[str, Any] | None:
    if url is None:
        return None
    return {"url": url, "tools": known.tools if known and known.url == url else None}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
