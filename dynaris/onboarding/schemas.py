"""What HTTP shows and takes of onboarding, and how a look at an item ends."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.onboarding.items import ItemKey
from dynaris.pipeline.outcome import Outcome, WaitingFor
from dynaris.workspaces.profile import LINES

State = Literal["done", "open", "failed", "not_yet", "not_needed"]


class Link(BaseModel):
    text: str
    path: str = Field(description="Of the app.")


class Detail(BaseModel):
    """One of several things that were looked at."""

    ok: bool
    text: str
    found: str = ""


class Result(BaseModel):
    """How a look at an item ended."""

    state: State
    why: str
    evidence: list[Link] = []
    next: Link | None = Field(default=None, description="What to do about it.")
    details: list[Detail] = []


class ItemView(Result):
    key: ItemKey
    title: str
    guide: str = Field(description="The staff guide's own line; empty for what it does not name.")
    checks: bool = Field(description="Can be checked more closely: POST /api/onboarding/check.")
    takes_note: bool
    checked_at: datetime | None = Field(description="Of the last such check.")
    not_needed: str | None = Field(description="Why, in the words of who said so.")
    note: str | None
    changed_by_name: str | None
    changed_at: datetime | None


class SectionView(BaseModel):
    key: str
    title: str
    items: list[ItemView]


class TryView(BaseModel):
    """A test message, and what became of it."""

    id: UUID
    kind: Literal["mail", "chat"]
    channel: str
    account_id: UUID
    created_at: datetime
    event_id: UUID | None = Field(description="None until it came in.")
    status: Literal["queued", "waiting", "live", "done"] | None = Field(description="Of the event.")
    waiting_for: WaitingFor | None
    outcome: Outcome | None


class WayIn(BaseModel):
    """An account that a test message can be sent to."""

    kind: Literal["mail", "chat"]
    account_id: UUID
    channel: str
    address: str


class Onboarding(BaseModel):
    sections: list[SectionView]
    counts: dict[State, int]
    ways_in: list[WayIn] = Field(description="Where a test message can be sent to.")
    tries: list[TryView] = Field(description="The last ones, newest first.")


class Check(BaseModel):
    model_config = ConfigDict(extra="forbid")

    item: ItemKey


class ItemChange(BaseModel):
    """What is left out stays as it is; null takes it back."""

    model_config = ConfigDict(extra="forbid")

    item: ItemKey
    not_needed: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)] | None = Field(
        default=None, description="Why this business does not need it."
    )
    note: Annotated[str, StringConstraints(max_length=5_000, pattern=LINES)] | None = None


class NewTry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["mail", "chat"]
    account_id: UUID | None = Field(default=None, description="The workspace's first one that fits, if left out.")
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] = (
        "Hello, what are your opening hours?"
    )
