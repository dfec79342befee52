"""What HTTP shows of approvals, and how a person decides."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled"]


class ApprovalOut(BaseModel):
    """An action that an agent proposes; `proposal` is the reply's text or the tool's arguments."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    event_id: UUID
    run_id: UUID
    conversation_id: UUID | None
    contact_id: UUID | None
    contact_name: str | None
    channel: str | None
    action: str
    effect: str
    proposal: dict[str, Any]
    why: str
    rejected_before: str | None = Field(default=None, description="Why a person rejected the proposal before this one.")
    status: ApprovalStatus
    owner_id: UUID
    deadline: datetime
    edits: dict[str, Any] | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime


class ApprovalDecision(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]
    edits: dict[str, Any] | None = Field(default=None, description="Fields of the proposal that change (approve).")
    reason: str | None = Field(default=None, max_length=2_000, description="Told to the agent; needed to reject.")
