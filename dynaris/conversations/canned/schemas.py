"""What HTTP shows and takes of canned replies."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.conversations.schemas import Line
from dynaris.core.invalid import written

Shortcut = Annotated[
    str, StringConstraints(max_length=40, pattern=written(r"^[\w-]{1,40}$", "a word of letters, digits, - and _"))
]
Language = Annotated[str, StringConstraints(pattern=written(r"^[a-z]{2,3}$", "an ISO 639 code like `de`"))]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class CannedReply(BaseModel):
    id: UUID
    shortcut: str = Field(description="What is typed after `/`.")
    title: str
    text: str = Field(description="With placeholders like `{{contact.first_name|there}}`.")
    language: str | None = Field(description="None: it suits any.")
    created_at: datetime
    updated_at: datetime
    filled: str | None = Field(default=None, description="The text for the asked conversation.")
    missing: list[str] = Field(default=[], description="Placeholders that nothing is known for there.")


class CannedReplies(BaseModel):
    items: list[CannedReply]
    placeholders: dict[str, str] = Field(description="Those there are, and what they stand for.")


class NewCannedReply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shortcut: Shortcut
    title: Line
    text: Text
    language: Language | None = None


class CannedReplyChange(BaseModel):
    """Only what is named changes; `null` takes the language away."""

    model_config = ConfigDict(extra="forbid")

    shortcut: Shortcut = ""
    title: Line = ""
    text: Text = ""
    language: Language | None = None
