"""What HTTP shows of knowledge."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.knowledge.split import Kind

Title = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}$", description="ISO 639 code of the content.")]
Content = Annotated[
    str,
    Field(
        min_length=1,
        description="At most 1 MB. A FAQ is a JSON list of {question, answer}, or lines `Q: …` and `A: …`.",
    ),
]


class NewSource(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    title: Title
    content: Content
    language: Language = "en"


class SourceChange(BaseModel):
    """What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    content: Content | None = None
    language: Language | None = None
    enabled: bool | None = None


class Source(BaseModel):
    id: UUID
    kind: Kind
    title: str
    language: str
    enabled: bool
    size: int = Field(description="Bytes of content.")
    passages: int = Field(description="What search can find; none while the source is disabled.")
    created_at: datetime
    updated_at: datetime


class SourceWithContent(Source):
    content: str


class FoundPassage(BaseModel):
    id: UUID
    source_id: UUID
    title: str
    heading: str
    text: str
    score: float = Field(ge=0, le=1, description="Share of the question that the passage covers.")


class FoundPassages(BaseModel):
    items: list[FoundPassage]
