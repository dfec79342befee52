"""What HTTP shows of runs."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.agents.agent_settings import Dollars
from dynaris.agents.turn import Effect

RunStatus = Literal["running", "waiting", "done", "failed"]


class RunSummary(BaseModel):
    """A run in a list: what it was about, how it ended and what it used."""

    id: UUID
    event_id: UUID
    contact_id: UUID | None
    contact_name: str | None
    conversation_id: UUID | None
    channel: str | None
    agent: str
    model: str
    status: RunStatus
    decision: str | None = Field(description="reply, escalate, wait, follow_up or ignore; null until it ended.")
    reason: str | None
    error: str | None
    input_tokens: int
    output_tokens: int
    cost: Dollars | None = Field(description="In US dollars; null where the price of a request is unknown.")
    created_at: datetime
    ended_at: datetime | None


class RunStep(BaseModel):
    """One step: the supervisor's `route`, a `model` response, a `tool` call, or a `note` (what came up later)."""

    model_config = ConfigDict(extra="ignore")

    position: int
    kind: Literal["route", "model", "tool", "note"]
    tool: str | None
    call_id: str | None
    effect: Effect | None
    arguments: Any = Field(validation_alias="request", description="A tool's arguments, or what a note says.")
    result: Any = Field(validation_alias="response", description="A tool's result, a model's response, a decision.")
    error: str | None
    done: bool = Field(description="False while the call waits for a person.")
    duration_ms: float | None
    model: str | None = Field(description="That answered; tokens, cost and price list are of its request.")
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None = Field(description="Of the input, that the provider had kept.")
    cost: Dollars | None = Field(description="In US dollars; null where the price is unknown.")
    price_source: str | None
    created_at: datetime


class Run(BaseModel):
    """What an agent was told, said and did in one turn, and how that ended."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    event_id: UUID
    contact_id: UUID | None
    conversation_id: UUID | None
    agent: str
    model: str
    status: RunStatus
    prompt: dict[str, Any]
    output: dict[str, Any] | None
    error: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost: Dollars | None = Field(description="In US dollars; null where the price of a request is unknown.")
    created_at: datetime
    ended_at: datetime | None
    steps: list[RunStep]
