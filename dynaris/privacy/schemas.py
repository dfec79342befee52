"""What HTTP shows and takes of exports, erasures, consents and retention."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.contacts.consent import ChannelKind, Purpose, State

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class Export(BaseModel):
    id: UUID
    contact_id: UUID
    status: Literal["queued", "ready", "expired"]
    size: int | None = Field(description="Bytes of the ZIP.")
    counts: dict[str, int] = Field(description="Rows in it, by table.")
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None


class ErasurePreview(BaseModel):
    contact_id: UUID
    counts: dict[str, int] = Field(description="Rows that would go or be emptied, by table.")


class ErasureRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    confirm: Literal[True] = Field(description="It cannot be undone.")
    reason: Literal["requested", "no_longer_needed", "unlawful", "other"] = Field(
        default="requested", description="One of these words: free text could name the person."
    )


class Erasure(BaseModel):
    """The proof: it holds no personal data."""

    id: UUID
    status: Literal["running", "done"]
    reason: str
    requested_by: str
    created_at: datetime
    finished_at: datetime | None
    counts: dict[str, int] = Field(description="Rows that went or were emptied, by table; and files.")


class ErasureAnswer(Erasure):
    already: bool = Field(description="It was asked for before; nothing was begun now.")


class AddressToCheck(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address: str = Field(min_length=1, max_length=400)
    region: str | None = Field(default=None, pattern="^[A-Za-z]{2}$")


class ErasureCheck(BaseModel):
    erased: bool
    erasures: list[Erasure]


class NewConsent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: ChannelKind
    purpose: Purpose = "all"
    state: State
    source: Words = Field(description="Where it was said: a form, a call, a letter.")


class Consent(BaseModel):
    id: UUID
    channel: ChannelKind
    purpose: Purpose
    state: State
    source: str
    recorded_by: str
    created_at: datetime


class Consents(BaseModel):
    blocked: list[str] = Field(description='What may not be used: "email", "any", or a purpose: "email/follow_up".')
    items: list[Consent] = Field(description="What was said, newest first.")
    next_cursor: str | None = None


class Retention(BaseModel):
    """Days; `null` keeps for ever. An export is kept for 7 days where nothing else is said."""

    model_config = ConfigDict(extra="forbid")

    raw_events: int | None = Field(default=None, description="Arrivals as they came, once they are done.")
    messages: int | None = Field(
        default=None, description="Texts of conversations that are over, after the last message; notifications."
    )
    journals: int | None = Field(default=None, description="What agents were told, said and did, once a run is over.")
    attachments: int | None = None
    exports: int | None = None
    audit: int | None = Field(default=None, description="Entries of the audit log.")


class RetentionPreview(BaseModel):
    counts: dict[str, dict[str, int]] = Field(description="Rows that the next round would take: by kind and table.")


class TranscriptRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    address_id: UUID = Field(description="A proved e-mail address of the conversation's contact.")
