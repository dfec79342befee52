"""What a tool is: data plus one async function. `toolbox.py` wraps every one of them, once, by its effect."""

from collections.abc import Awaitable, Callable, Sequence
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

    @property
    def idempotency_key(self) -> str:
        return f"{self.run_id}:{self.call_id}"


class ToolRefused(Exception):
    """The call makes no sense as it is; the text tells the model why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: str
    description: str  # for the model: what it does and when to use it
    effect: Effect
    arguments: type[BaseModel]
    run: Callable[[ToolContext, Any], Awaitable[Any]]  # (context, arguments) -> a JSON-serialisable result
    recipients: Callable[[Any], Sequence[str]] | None = None  # addresses that a send reaches, besides the contact's own
    seconds: float = 20.0  # time limit
