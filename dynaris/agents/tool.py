"""What a tool is: data plus one async function. `toolbox.py` wraps every one of them, once, by its effect."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from dynaris.agents.turn import Effect
from dynaris.core.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """Where a call happens. A tool with an effect passes `idempotency_key` on: the call may be repeated."""

    db: Database
    workspace_id: UUID
    run_id: UUID
    call_id: str
    event_id: UUID
    conversation_id: UUID
    contact_id: UUID
    channel: str
    agent: str
    may_disclose: bool  # the other side is proven to be the contact: what other conversations hold may be told
    now: datetime
    provable: bool = False  # who is not proven yet can type a code here

    @property
    def idempotency_key(self) -> str:
        return f"{self.run_id}:{self.call_id}"


class ToolRefused(Exception):
    """The call makes no sense as it is; the text tells the model why."""


def only_this_contact(_arguments: Any) -> Sequence[str]:
    """For a tool that can reach nothing but the contact of its context, whatever the arguments say."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a tool does not state about itself is taken for the worst: each of its calls needs a person's yes."""

    name: str
    description: str  # for the model: what it does and when to use it
    effect: Effect
    arguments: type[BaseModel]
    run: Callable[[ToolContext, Any], Awaitable[Any]]  # (context, arguments) -> a JSON-serialisable result
    # Ids and addresses of the contacts that a call concerns besides the conversation's own (`only_this_contact`).
    about: Callable[[Any], Sequence[str]] | None = None
    destructive: bool | Callable[[Any], bool] | None = None  # takes something away that cannot be brought back
    recipients: Callable[[Any], Sequence[str]] | None = None  # addresses that a send reaches, besides the contact's own
    says: Callable[[Any], Sequence[str]] | None = None  # the texts that a send carries out of the house
    seconds: float = 20.0  # time limit
    # In a rehearsal, instead of `run`: (context, arguments, results of this turn by tool) -> what is told as its own.
    as_if: Callable[[ToolContext, Any, Mapping[str, Any]], Awaitable[dict[str, Any]]] | None = None
