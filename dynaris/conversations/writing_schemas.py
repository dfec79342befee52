"""What HTTP shows and takes of drafts, presence, files to send, and what happened around a conversation's messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.conversations.presence import Doing
from dynaris.conversations.uploads import MOST_FILES


class Upload(BaseModel):
    """A file that waits for its message."""

    id: UUID
    filename: str
    mime_type: str
    size: int


class Draft(BaseModel):
    text: str
    note: bool
    attachments: list[Upload]
    version: int = Field(description="0: nothing is kept.")
    updated_at: datetime | None


class DraftChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=100_000)
    note: bool = False
    attachments: list[UUID] = Field(default=[], max_length=MOST_FILES)
    version: int = Field(ge=0, le=2_000_000_000, description="The version that this follows; 0 for the first one.")


class PresenceChange(BaseModel):
    """Said again every 20 seconds while the conversation is open, and every 3 while somebody types."""

    model_config = ConfigDict(extra="forbid")

    doing: Doing
    note: bool = Field(default=False, description="What is typed is a note: the contact does not see it.")


class Present(BaseModel):
    member_id: UUID
    name: str
    until: datetime = Field(description="Who does not say it again is gone by then.")
    typing_until: datetime | None


class Presence(BaseModel):
    items: list[Present]


class ActivityLine(BaseModel):
    """`kind` is what an entry of the audit log has after `conversation.`, or an event's outcome."""

    id: UUID
    at: datetime
    kind: str
    who: str = Field(description="A name for people to read.")
    text: str = Field(description="Why, in words.")
    detail: dict[str, Any]
    run_id: UUID | None
