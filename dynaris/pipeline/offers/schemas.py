"""What HTTP shows of offers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

OfferStatus = Literal["ringing", "accepted", "declined", "timed_out", "withdrawn"]


class OfferView(BaseModel):
    id: UUID
    conversation_id: UUID
    team_id: UUID
    team_name: str
    member_id: UUID
    member_name: str
    status: OfferStatus = Field(description="`withdrawn`: somebody took, closed or handed back the conversation.")
    offered_at: datetime
    rings_until: datetime
    ended_at: datetime | None
    whom: str = Field(description="The contact, and the channel: `Ada Lovelace (chat)`.")
    channel: str
    subject: str | None
    summary: str | None
    said: str | None = Field(description="What the contact wrote last, up to 500 characters.")
    waiting_since: datetime | None = Field(description="None: it waits no more.")


class OwnOffers(BaseModel):
    items: list[OfferView]
