"""What HTTP shows of knowledge."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.core.moments import Moment
from dynaris.knowledge.split import Kind

SourceKind = Literal["text", "markdown", "faq", "file", "page", "site"]
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


class Pair(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    question: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class NewPairs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title
    language: Language = "en"
    pairs: Annotated[list[Pair], Field(min_length=1, max_length=5000)]


class SourceChange(BaseModel):
    """What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    content: Content | None = None
    language: Language | None = None
    enabled: bool | None = None
    every_hours: Annotated[int, Field(ge=1, le=8760, description="Of a page or a site.")] | None = None
    seen_at: Moment | None = Field(
        default=None, description="The `updated_at` that the change starts from: refused if it was changed since."
    )


class PairOut(BaseModel):
    """As it is stored: what was uploaded may be longer than what is typed."""

    question: str
    answer: str


class Source(BaseModel):
    id: UUID
    kind: SourceKind
    title: str
    language: str
    enabled: bool
    size: int = Field(description="Bytes of content, and of its documents.")
    passages: int = Field(description="What search can find; none while the source is disabled.")
    documents: int = Field(default=0, description="Files and web pages; see /api/knowledge/documents.")
    waiting: int = Field(default=0, description="Of them, how many are not read yet.")
    failed: int = 0
    url: str | None = Field(default=None, description="Of a page or a site.")
    max_pages: int | None = None
    max_depth: int | None = None
    every_hours: int | None = Field(default=None, description="How often it is visited again.")
    visit_began_at: datetime | None = None
    visit_ended_at: datetime | None = None
    next_visit_at: datetime | None = None
    visit_error: str | None = None
    created_at: datetime
    updated_at: datetime


class SourceWithContent(Source):
    content: str
    pairs: list[PairOut] | None = Field(default=None, description="Of an FAQ: its content, read.")


class StoredPassage(BaseModel):
    """What was read, as search has it."""

    id: UUID
    document_id: UUID | None
    heading: str
    text: str
    page: str | None = Field(description="The place in the document, as a person would name it.")
    link: str | None


class FoundPassage(BaseModel):
    id: UUID
    source_id: UUID
    title: str
    heading: str
    text: str
    page: str | None = Field(description="The place in the document, as a person would name it.")
    link: str | None
    score: float = Field(ge=0, le=1, description="Share of the question that the passage covers.")
    covers: list[str] = Field(description="The question's words that it has, or what means the same.")
    enough: bool = Field(description="Whether the score is high enough to answer from it.")


class FoundPassages(BaseModel):
    items: list[FoundPassage]
    floor: float = Field(description="From which score on an agent answers from a passage.")
    words: list[str] = Field(description="What the question was taken to be about.")
    without_vectors: str | None = Field(
        default=None, description="Why the question's meaning was not asked for, where an embedding model serves."
    )
