"""Whether settings fit the agent they are for: tools that its specialist has, channels and agents that exist."""

from collections.abc import Collection
from uuid import UUID

from dynaris.agents.agent_parts import QUEUE
from dynaris.agents.agent_settings import SUPERVISOR, AgentSettings, SpecialistName
from dynaris.agents.known_models import check_models
from dynaris.agents.provider_store import fault_of_address
from dynaris.agents.roster import Roster
from dynaris.agents.specialists import specialists
from dynaris.channels.registry import customer_channels
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.outbound import Outbound
from dynaris.workspaces.languages import LANGUAGES

_FOR_THOSE_WHO_ANSWER = (
    "based_on",
    "status",
    "tools",
    "effects",
    "languages",
    "other_languages",
    "channels",
    "greeting",
    "agent_category",
    "agent_type",
    "voice",
    "outbound",
    "mcp_server",
)


_RESERVED = ("figures", "models", "new")  # words that stand in addresses where a name does


def refuse_name(name: str) -> None:
    """An agent's id stands where its name may, so no name looks like one. Raises InvalidInput."""
    try:
        UUID(name)
    except ValueError:
        if name not in _RESERVED:
            return
    raise _wrong("name", f"{name} stands for something else in addresses: choose another")


async def refuse_misfit(
    connection: Connection,
    workspace_id: UUID,
    roster: Roster,
    name: str,
    settings: AgentSettings,
    *,
    outbound: Outbound,
) -> None:
    """Raises InvalidInput."""
    await check_names(connection, workspace_id, "model", [settings.model] if settings.model else [])
    await check_names(connection, workspace_id, "fallbacks", settings.fallbacks or [])
    if name == SUPERVISOR:
        for field in _FOR_THOSE_WHO_ANSWER:
            if getattr(settings, field) is not None:
                raise _wrong(field, "the supervisor chooses who answers, and answers nobody itself")
        for other in settings.chooses_from or ():
            if roster.specialist_of(other) is None:
                raise _wrong("chooses_from", f"there is no agent {other!r}")
        return
    if settings.chooses_from is not None:
        raise _wrong("chooses_from", "only the supervisor chooses among agents")
    _refuse_unknown("channels", settings.channels or (), customer_channels())
    _refuse_unknown("languages", settings.languages or (), LANGUAGES)
    _refuse_unknown("greeting", [one for one in settings.greeting or () if len(one) == 2], LANGUAGES)
    specialist = settings.based_on or roster.specialist_of(name)
    assert specialist is not None
    _refuse_unknown("tools", settings.tools or (), specialists()[specialist].tools)
    if settings.mcp_server and (fault := fault_of_address(outbound, settings.mcp_server.url)):
        raise _wrong("mcp_server.url", fault)
    if settings.voice and settings.voice.transfer_to:
        await _refuse_no_team(connection, workspace_id, settings.voice.transfer_to)


async def _refuse_no_team(connection: Connection, workspace_id: UUID, target: str) -> None:
    if target.startswith("+"):
        return
    cursor = await connection.execute(
        """SELECT name FROM team
           WHERE workspace_id = %(ws)s AND (id::text = %(target)s OR lower(name) = lower(%(name)s))""",
        {"ws": workspace_id, "target": target, "name": target.removeprefix(QUEUE)},
    )
    if await cursor.fetchone() is None:
        raise _wrong("voice.transfer_to", f"there is no team {target.removeprefix(QUEUE)[:50]!r} in this workspace")


def refuse_other_specialist(roster: Roster, name: str, based_on: SpecialistName | None) -> None:
    """What an agent is based on is decided when it is made. Raises InvalidInput."""
    own = roster.agents.get(name, {}).get("based_on")
    if based_on != own:
        raise _wrong("based_on", f"{name} is {'based on ' + own if own else 'a specialist itself'}, and stays so")


async def check_names(connection: Connection, workspace_id: UUID, field: str, names: list[str]) -> None:
    """Models that could answer. Raises InvalidInput."""
    try:
        await check_models(connection, workspace_id, names)
    except ValueError as error:
        raise _wrong(field, str(error)) from error


def _refuse_unknown(field: str, given: Collection[str], known: Collection[str]) -> None:
    if unknown := [one for one in given if one not in known]:
        shown = f"; there are {', '.join(sorted(known))}" if len(known) < 40 else ""
        raise _wrong(field, f"unknown here: {', '.join(unknown)[:200]}{shown}")


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", errors=[{"field": field, "message": message}])
