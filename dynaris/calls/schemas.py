"""Bodies of the calls API."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.calls.record import CallOutcome, Party

CallStatus = Literal["ringing", "live", "ended"]


class CallLine(BaseModel):
    id: UUID
    channel: str
    account_id: UUID
    account: str | None = Field(description="The number of ours, as it was connected.")
    external_id: str = Field(description="The carrier's id of the call.")
    direction: Literal["inbound", "outbound"]
    caller: str | None = Field(description="E.164; null: withheld.")
    called: str
    contact_id: UUID
    contact_name: str | None
    conversation_id: UUID
    event_id: UUID
    agent: str | None = Field(description="Who answered.")
    language: str | None
    status: CallStatus
    outcome: CallOutcome | None
    reason: str | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None = Field(description="From the answer to the end, or to now; null: nobody answered.")
    carrier_seconds: int | None = Field(description="The same as the carrier counts, once it has said so.")


class Leg(BaseModel):
    party: Party
    name: str
    member_id: UUID | None
    joined_at: datetime
    left_at: datetime | None
    left_because: str | None


class Spoken(BaseModel):
    """Something that was said: of ours what was heard of it."""

    message_id: UUID
    author: Literal["contact", "agent", "member", "system"]
    text: str
    at: float | None = Field(description="Seconds after the line was opened.")
    interrupted: bool
    run_id: UUID | None
    created_at: datetime


class CallDetail(CallLine):
    legs: list[Leg]
    transcript: list[Spoken]
