"""What HTTP shows of suggestions, and takes for them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.knowledge.schemas import Language

State = Literal["open", "approved", "dismissed"]


class Ask(BaseModel):
    event_id: UUID
    conversation_id: UUID
    question: str = Field(description="As it was asked, without what names a person.")
    created_at: datetime


class Suggestion(BaseModel):
    id: UUID
    question: str = Field(description="In the words of whoever asked first, without what names a person.")
    answer: str | None = Field(description="What a teammate answered afterwards, without what names a person.")
    language: str
    status: State
    asked: int = Field(description="How often the like was asked.")
    asked_at: datetime
    source_id: UUID | None = Field(description="The FAQ that came of it.")
    asks: list[Ask] = Field(description="The latest five.")


class Approval(BaseModel):
    """What stands in the FAQ is what is written here, and nothing that nobody has seen."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    question: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    answer: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    language: Language | None = None
