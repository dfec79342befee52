"""Whether a name could work at all: of a model, whose provider somebody knows, or of an agent."""

import asyncio
from collections.abc import Container, Iterable
from uuid import UUID

from dynaris.agents.agent_settings import BUILTIN, SPECIALISTS
from dynaris.agents.agent_settings_store import name_of
from dynaris.agents.providers import owned
from dynaris.agents.roster import Roster
from dynaris.core.db import Connection

__all__ = ["BUILTIN", "check_agent", "check_model", "check_models"]


def check_model(name: str, own: Container[str] = ()) -> None:
    """Raises ValueError. `own`: names of the workspace's provider entries. Whether the provider's own library and its
    key are there is the worker's to find out."""
    provider, _, model = name.partition(":")
    if name == BUILTIN or (model.strip() and provider in own):
        return
    if not (model.strip() and _is_provider(provider)):
        raise ValueError(f"{name!r} is neither `builtin` nor provider:name with a provider such as anthropic or openai")


async def check_models(connection: Connection, workspace_id: UUID, names: Iterable[str]) -> None:
    """As `check_model`, with the workspace's own providers. Raises ValueError."""
    wanted = [name for name in names if name != BUILTIN]
    if not wanted:
        return
    own = (await owned(connection, workspace_id)).entries
    for name in wanted:
        await asyncio.to_thread(check_model, name, own)  # it may load the agent library


async def check_agent(connection: Connection, workspace_id: UUID, agent: str) -> str:
    """Whether inquiries can be sent to it: its name, by which it is stored, whether its name or its id was given.
    Raises ValueError."""
    name = await name_of(connection, workspace_id, agent)
    if name in SPECIALISTS:
        return name
    cursor = await connection.execute("SELECT agents FROM workspace WHERE id = %s", (workspace_id,))
    row = await cursor.fetchone()
    agents = row["agents"] if row else {}
    if Roster(agents, "").specialist_of(name) is None:
        known = [*SPECIALISTS, *(one for one, settings in agents.items() if settings.get("based_on"))]
        raise ValueError(f"no agent is called {name[:50]!r}; there are {', '.join(known)}")
    return name


def _is_provider(name: str) -> bool:
    # At its first use: a web process seldom needs this library.
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.providers import infer_provider_class

    try:
        infer_provider_class(name)
    except ImportError:  # known, and its own library is not installed here
        return True
    except (UserError, ValueError):
        return False
    return True
