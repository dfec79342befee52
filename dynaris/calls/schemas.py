"""Bodies of the calls API."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.calls.record import CallOutcome, Party
from dynaris.channels.contract import TransferState

CallStatus = Literal["ringing", "live", "ended"]
Direction = Literal["inbound", "outbound"]


class Transfer(BaseModel):
    """To a person at a number outside."""

    to: str
    state: TransferState
    reason: str
    failed_because: str | None


class CallLine(BaseModel):
    id: UUID
    channel: str
    account_id: UUID
    account: str | None = Field(description="The number of ours, as it was connected.")
    external_id: str = Field(description="The carrier's id of the call.")
    direction: Direction
    caller: str | None = Field(description="E.164; null: withheld.")
    called: str
    caller_display: str | None = Field(description="As people read it: +49 170 1234567.")
    called_display: str
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
    cost: str | None = Field(
        description="US dollars of what it used; null: nothing yet, or a part of it whose price nobody knows."
    )
    answered_by: Literal["person", "machine"] | None = Field(description="Of one that we placed.")
    purpose: str | None = Field(description="Of one that we placed: what it was about.")
    transfer: Transfer | None
    recorded: bool | None = Field(description="False: the caller did not want it; null: it is not.")
    recording: UUID | None = Field(description="The attachment, a while after the end: the caller left, we right.")
    summary: str | None = Field(description="What it was about, a while after the end.")
    sentiment: float | None = Field(
        description="Of the caller's words, from -1 to 1; null: not known (of English alone)."
    )


class CallWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contact_id: UUID
    purpose: str = Field(
        min_length=3,
        max_length=300,
        description="What it is about, as it is said: “your appointment tomorrow at ten”.",
    )
    number: str | None = Field(default=None, max_length=20, description="One of the contact's; else the first.")
    account_id: UUID | None = Field(default=None, description="The number of ours; else one that they have called.")
    key: str | None = Field(default=None, max_length=100, description="The same call, however often it is asked for.")


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
    event_id: UUID | None = Field(description="Of what the caller said: its story.")
    author: Literal["contact", "agent", "member", "system"]
    text: str
    at: float | None = Field(description="Seconds after the call was answered, when it had been said.")
    interrupted: bool
    sentiment: float | None = Field(description="Of what the caller said, from -1 to 1; of English alone.")
    run_id: UUID | None = Field(description="The turn in which we said it; null: words of the product's own.")
    agent: str | None = Field(description="Whose turn that was.")
    created_at: datetime


class CallDetail(CallLine):
    legs: list[Leg]
    transcript: list[Spoken]
