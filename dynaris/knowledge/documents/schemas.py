"""What HTTP shows of documents."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.knowledge.schemas import Language

Status = Literal["queued", "reading", "ready", "failed", "gone"]


class Document(BaseModel):
    id: UUID
    source_id: UUID
    name: str = Field(description="Of the file, or the page's title.")
    url: str | None = Field(description="Of a web page.")
    media_type: str
    status: Status = Field(description="Of the wanted version; `gone`: the page is no more.")
    error: str | None = Field(description="What is in the way, and what to do about it.")
    pages_done: int
    pages_total: int | None = Field(description="Known once reading has begun.")
    size: int = Field(description="Bytes.")
    passages: int = Field(description="What search finds of it now.")
    version: int = Field(description="The wanted one; 0: nothing is stored yet.")
    shown_version: int = Field(description="The one that search finds; 0: none.")
    language: str | None = Field(description="As given, else as detected.")
    language_given: bool
    enabled: bool
    checked_at: datetime | None = Field(description="When the web page was visited last.")
    created_at: datetime
    updated_at: datetime


class Version(BaseModel):
    number: int
    filename: str
    size: int
    created_by: str
    created_at: datetime


class DocumentWithVersions(Document):
    versions: list[Version] = Field(description="The kept ones, newest first.")


class Documents(BaseModel):
    items: list[Document]


class DocumentChange(BaseModel):
    """What is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = None
    language: Language | None = None
